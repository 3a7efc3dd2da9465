#include "supervisor/loop/pressure_trigger.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_cgroup_dir.h"

namespace memguard::supervisor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PressureTriggerTest : public testing::Test {
 protected:
  void make_build() {
    home_.build = cgroup::Group(tree_.open());
    tree_.set_text("", "memory.pressure", "");
  }

  cgroup::FakeTree tree_;
  cgroup::Home home_;
  EventLoop loop_ = EventLoop::create().value();
  PressureTrigger trigger_{loop_, home_, [this] { loop_.stop(); }};
};

TEST_F(PressureTriggerTest, IsAskedForHalfOfWhatPolicyWaitsFor) {
  make_build();
  trigger_.watch();
  EXPECT_THAT(tree_.log(), ElementsAre("trigger memory.pressure=full 50000 500000"));
}

TEST_F(PressureTriggerTest, WithoutPrivilegeIsThatOfTheWindowThatAnybodyMayHave) {
  make_build();
  tree_.fail("trigger", "", "memory.pressure", EINVAL);
  trigger_.watch();
  EXPECT_THAT(tree_.log(), ElementsAre("trigger memory.pressure=full 200000 2000000"));
}

TEST_F(PressureTriggerTest, IsDoneWithoutWhereTheKernelRefusesIt) {
  make_build();
  tree_.fail("trigger", "", "memory.pressure", EOPNOTSUPP, 2);
  trigger_.watch();
  EXPECT_THAT(tree_.log(), IsEmpty());
}

TEST_F(PressureTriggerTest, IsDoneWithoutWhereThereIsNoCgroup) {
  trigger_.watch();
  EXPECT_THAT(tree_.log(), IsEmpty());
}

// --- When it fires

/// A group whose trigger fires when the test says so: a terminal in packet mode tells of a flush as psi tells of a
/// stall, by EPOLLPRI (ioctl_tty(2), TIOCPKT).
class TerminalAsGroup : public cgroup::CgroupDir {
 public:
  using Children = std::vector<std::string>;
  using Child = std::unique_ptr<cgroup::CgroupDir>;

  explicit TerminalAsGroup(UniqueFd terminal) : terminal_(std::move(terminal)) {}
  Result<UniqueFd> open_trigger(const std::string& /*file*/, std::string_view /*trigger*/) override {
    return std::move(terminal_);
  }
  MOCK_METHOD(Result<std::string>, read, (const std::string&), (override));
  MOCK_METHOD(Status, write, (const std::string&, std::string_view), (override));
  MOCK_METHOD(Result<Child>, make_child, (const std::string&), (override));
  MOCK_METHOD(Result<Child>, open_child, (const std::string&), (override));
  MOCK_METHOD(Status, remove_child, (const std::string&), (override));
  MOCK_METHOD(Result<Children>, children, (), (override));
  MOCK_METHOD(Result<std::string>, attribute, (const std::string&), (override));
  MOCK_METHOD(Status, set_attribute, (const std::string&, std::string_view), (override));
  MOCK_METHOD(Status, remove_attribute, (const std::string&), (override));
  MOCK_METHOD(const std::string&, path, (), (const, override));

 private:
  UniqueFd terminal_;
};

TEST_F(PressureTriggerTest, RunsItsHandlerEachTimeItFires) {
  UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  int packets = 1;
  if (!terminal || ::unlockpt(terminal.get()) != 0 || ::ioctl(terminal.get(), TIOCPKT, &packets) != 0)
    GTEST_SKIP() << "there are no pseudoterminals here";
  const int master = terminal.get();
  const UniqueFd other_end(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  home_.build = cgroup::Group(std::make_unique<TerminalAsGroup>(std::move(terminal)));
  int fired = 0;
  PressureTrigger trigger(loop_, home_, [&] {
    char news = 0;
    EXPECT_EQ(::read(master, &news, 1), 1);
    if (++fired == 2) return loop_.stop();
    EXPECT_EQ(::tcflush(other_end.get(), TCIFLUSH), 0);
  });
  trigger.watch();
  ASSERT_EQ(::tcflush(other_end.get(), TCIFLUSH), 0);
  const auto never = loop_.on_timer(std::chrono::seconds(10), [this] { loop_.stop(); }).value();
  ASSERT_TRUE(loop_.run());
  EXPECT_EQ(fired, 2);
}

}  // namespace
}  // namespace memguard::supervisor
