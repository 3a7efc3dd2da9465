// Deaths of a supervisor and what its front does then. The supervisors here are children that only wait.
#include "supervisor/front/supervisor_process.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace memguard::supervisor {
namespace {

constexpr int kCrash = SIGSYS;
constexpr Duration kTenSeconds = std::chrono::seconds(10);

class SupervisorDeath : public testing::Test {
 public:
  SupervisorDeath() { EXPECT_TRUE(process_.start()); }
  ~SupervisorDeath() override {
    if (process_.alive()) process_.kill();
    while (::waitpid(-1, nullptr, 0) > 0) {}
  }

 protected:
  void decide() { ++area_.decisions; }

  /// The one that is there ends by this signal, and the front hears of it.
  void die(int signal) {
    const auto children = proc::descendants(::getpid());
    ASSERT_EQ(children.size(), 1U);
    ::kill(children.front().pid, signal);
    reap();
  }

  void reap() {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    ASSERT_TRUE(process_.is(pid));
    process_.reaped(pid, status, {}, {});
  }

  SharedArea& area_ = *SharedArea::create().value();
  int made_safe_ = 0;
  SupervisorProcess process_{area_,
                             [] {
                               while (true) ::pause();
                               return 0;
                             },
                             [this] { ++made_safe_; }};
};

TEST_F(SupervisorDeath, KilledBySomebodyItHandsOverWhatIsStopped) {
  for (int i = 0; i < 20; ++i) {
    decide();
    die(SIGKILL);
  }
  EXPECT_EQ(made_safe_, 0);
  EXPECT_TRUE(process_.alive());
}

// Seen in a virtual machine that swapped: three were killed before they had decided anything, and a build of twelve
// links of which one fits was let go as a whole.
TEST_F(SupervisorDeath, KilledBeforeItsFirstDecisionItHandsOverToo) {
  for (int i = 0; i < 10; ++i) die(SIGKILL);
  EXPECT_EQ(made_safe_, 0);
  EXPECT_TRUE(process_.alive());
}

TEST_F(SupervisorDeath, KilledEarlyAgainAndAgainThereIsNoSupervisorInTheEnd) {
  for (int i = 0; i < 11; ++i) die(SIGKILL);
  EXPECT_EQ(made_safe_, 1);
  EXPECT_FALSE(process_.given_up());
  for (int i = 0; i < 2; ++i) die(SIGKILL);
  EXPECT_EQ(made_safe_, 3);
  EXPECT_TRUE(process_.given_up());
}

TEST_F(SupervisorDeath, ADecisionBetweenBeginsTheCountAnew) {
  for (int i = 0; i < 10; ++i) die(SIGKILL);
  decide();
  for (int i = 0; i < 11; ++i) die(SIGKILL);
  EXPECT_EQ(made_safe_, 0);
}

TEST_F(SupervisorDeath, AfterACrashAllIsMadeSafeAndTheThirdIsTheLast) {
  for (int i = 1; i <= 3; ++i) {
    decide();
    EXPECT_FALSE(process_.given_up());
    die(kCrash);
    EXPECT_EQ(made_safe_, i);
  }
  EXPECT_TRUE(process_.given_up());
  EXPECT_FALSE(process_.alive());
}

TEST_F(SupervisorDeath, OneThatTheFrontKilledHadHung) {
  decide();
  process_.kill();
  reap();
  EXPECT_EQ(made_safe_, 1);
}

// Seen in a virtual machine that swapped: killed by somebody, a supervisor stayed a zombie for 2.5 s because its worker
// was still in memory.reclaim. It was taken for hung, so all was thawed; the third time there was none any more.
TEST(DyingSupervisor, IsNotTakenForHung) {
  SharedArea& area = *SharedArea::create().value();
  int made_safe = 0;
  SupervisorProcess process{area,
                            [] {
                              // The first thread is gone, another is not: as the front sees a process that is dying.
                              std::thread([] { ::pause(); }).detach();
                              ::syscall(SYS_exit, 0);
                              return 0;
                            },
                            [&made_safe] { ++made_safe; }};
  ASSERT_TRUE(process.start());
  ++area.decisions;
  const pid_t dying = proc::descendants(::getpid()).front().pid;
  while (proc::read_stat(dying)->state != 'Z') ::sched_yield();
  area.heartbeat = area.heartbeat.load() - kTenSeconds;
  process.check_heartbeat();
  ::kill(dying, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(dying, &status, 0), dying);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  process.reaped(dying, status, {}, {});
  EXPECT_EQ(made_safe, 0);
  EXPECT_TRUE(process.alive());
  process.kill();
  ::waitpid(-1, nullptr, 0);
}

TEST_F(SupervisorDeath, AtTheEndOfTheBuildNobodyFollows) {
  process_.expect_end();
  die(SIGKILL);
  EXPECT_EQ(made_safe_, 1);
  EXPECT_FALSE(process_.alive());
}

}  // namespace
}  // namespace memguard::supervisor
