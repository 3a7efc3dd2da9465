// What the processes have that are no job. When they are looked at, and which become jobs: found_jobs_test.cc.
#include "supervisor/intake/process_look.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Lt;

/// Another program with so much memory: dd(1), whose only block nobody reads.
class Program {
 public:
  explicit Program(Bytes size) : Program(size, make_pipe()) {}
  void end() { child_.end(); }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  [[nodiscard]] proc::Identity identity() const { return child_.identity(); }

 private:
  Program(Bytes size, std::array<int, 2> ends) : out_(ends[0]), in_(ends[1]), child_([&] { become(size); }) {
    in_.reset();
    // The block is there when some of it has come.
    pollfd block{out_.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&block, 1, -1), 1);
  }
  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return ends;
  }
  void become(Bytes size) const {
    ::dup2(in_.get(), STDOUT_FILENO);
    const std::string block = "bs=" + std::to_string(size.count);
    ::execlp("dd", "dd", "if=/dev/zero", block.c_str(), "count=1", nullptr);
  }

  UniqueFd out_;
  UniqueFd in_;
  WaitingChild child_;
};

/// So many of them.
std::vector<std::unique_ptr<Program>> programs(int count, Bytes size) {
  std::vector<std::unique_ptr<Program>> made;
  made.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) made.push_back(std::make_unique<Program>(size));
  return made;
}

class LookAt : public testing::Test {
 protected:
  void look(const std::vector<pid_t>& there) {
    there_ = there;
    now_ += 1s;
    look_.look(now_, {});
  }

  std::vector<pid_t> there_;
  Instant now_{};
  SharedArea& area_ = *SharedArea::create(16).value();
  LiveJobs jobs_{area_};
  // A look takes no time but for finding out the memory of a new process, which takes 1 ms: the second question of two.
  int asked_ = 0;
  Duration used_{};
  ProcessLook look_{16_MiB, jobs_, [this] { return there_; },
                    [this] {
                      if (++asked_ % 2 == 1) used_ += 1ms;
                      return used_;
                    }};
};

TEST_F(LookAt, TwoProcessesCountsBothAndNamesTheLargest) {
  const Program small(8_MiB);
  const Program large(24_MiB);
  look({small.pid(), large.pid()});
  EXPECT_THAT(look_.others(), AllOf(Ge(32_MiB), Lt(40_MiB)));
  EXPECT_EQ(look_.largest().pid, large.pid());
  EXPECT_THAT(look_.largest().memory, AllOf(Ge(24_MiB), Lt(28_MiB)));
  EXPECT_THAT(look_.large(), ElementsAre(large.pid()));
  EXPECT_THAT(look_.all(), ElementsAre(small.pid(), large.pid()));
}

TEST_F(LookAt, AProcessOfAJobDoesNotCountIt) {
  const Program child(24_MiB);
  ExecFacts facts{};
  facts.process = child.identity();
  jobs_.add(facts, jobs_.new_family(), now_);
  look({child.pid()});
  EXPECT_EQ(look_.others(), Bytes{});
  EXPECT_EQ(look_.largest().pid, 0);
  EXPECT_TRUE(look_.large().empty());
  EXPECT_THAT(look_.all(), ElementsAre(child.pid()));
}

TEST_F(LookAt, OneThatBecomesAJobCountsNoMore) {
  const Program small(8_MiB);
  const Program large(24_MiB);
  look({small.pid(), large.pid()});
  look_.becomes_job(large.pid());
  EXPECT_THAT(look_.others(), AllOf(Ge(8_MiB), Lt(12_MiB)));
  EXPECT_EQ(look_.largest().pid, 0);
  // Once only, and nobody else's.
  look_.becomes_job(large.pid());
  look_.becomes_job(::getppid());
  EXPECT_GE(look_.others(), 8_MiB);
}

TEST_F(LookAt, OneThatIsNotTheLargestLeavesTheLargestWhenItBecomesAJob) {
  const Program small(8_MiB);
  const Program large(24_MiB);
  look({small.pid(), large.pid()});
  look_.becomes_job(small.pid());
  EXPECT_EQ(look_.largest().pid, large.pid());
}

TEST_F(LookAt, OneThatHasEndedCountsNoMore) {
  Program child(24_MiB);
  look({child.pid()});
  const pid_t pid = child.pid();
  child.end();
  look({pid});
  EXPECT_EQ(look_.others(), Bytes{});
  EXPECT_EQ(look_.largest().pid, 0);
  EXPECT_TRUE(look_.large().empty());
}

// This process stands for one that grows between two looks.
TEST_F(LookAt, OneThatGrowsSeesItGrowAndWhatItHasThen) {
  look({::getpid()});
  EXPECT_FALSE(look_.growing());
  const Bytes before = look_.others();
  const std::vector<char> taken(64U << 20U, 1);
  look({::getpid()});
  EXPECT_TRUE(look_.growing());
  EXPECT_GE(look_.others() - before, 60_MiB);
  look({::getpid()});
  EXPECT_FALSE(look_.growing());
  EXPECT_EQ(taken.back(), 1);
}

TEST_F(LookAt, OneThatIsNewIsNoGrowth) {
  look({});
  const Program child(24_MiB);
  look({child.pid()});
  EXPECT_FALSE(look_.growing());
}

// What is found out once of each takes 8 ms here, and 5 are there at the start: the small share pays in a second what
// may be owed.
TEST_F(LookAt, ManyThatAreNewLooksAgainASecondLater) {
  const auto many = programs(8, 4_MiB);
  std::vector<pid_t> pids;
  pids.reserve(many.size());
  for (const auto& program : many) pids.push_back(program->pid());
  look(pids);
  EXPECT_FALSE(look_.due(now_ + 999ms, {}));
  EXPECT_TRUE(look_.due(now_ + 1001ms, {}));
}

TEST(SharedMemory, IsWhatAForkHasOfItsParentAndNothingOfAnotherProgram) {
  const std::vector<char> taken(64U << 20U, 1);
  const WaitingChild fork;
  EXPECT_GE(shared_memory(fork.pid()), 60_MiB);
  const WaitingChild other([] { ::execl("/bin/sh", "sh", "-c", "kill -STOP $$", nullptr); });
  EXPECT_EQ(shared_memory(other.pid()), Bytes{});
  EXPECT_EQ(taken.back(), 1);
}

TEST(SharedMemory, OfOneThatIsGoneIsNothing) {
  WaitingChild child;
  const pid_t pid = child.pid();
  child.end();
  EXPECT_EQ(shared_memory(pid), Bytes{});
}

}  // namespace
}  // namespace memguard::supervisor
