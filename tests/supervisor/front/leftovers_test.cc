// What a command has left behind, by a given time. The processes are children of this test, which is the front.
#include "supervisor/front/leftovers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <string>

#include "cgroup/run_tree.h"
#include "child_states.h"
#include "fake_cgroup_dir.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::IsEmpty;

// When the command ends.
constexpr Moment kEnd(1000s);

// Ends at a TERM.
class Named : public WaitingChild {
 public:
  explicit Named(const char* name) : WaitingChild([name] { ::prctl(PR_SET_NAME, name); }) {}
};

class Stubborn : public WaitingChild {
 public:
  explicit Stubborn(const char* name = "server")
      : WaitingChild([name] {
          ::prctl(PR_SET_NAME, name);
          ::signal(SIGTERM, SIG_IGN);
        }) {}
};

class LeftBehind : public testing::Test {
 protected:
  Leftovers leftovers(std::optional<Duration> stop_timeout = std::nullopt) {
    return {build_, area_, stop_timeout, kEnd};
  }
  static bool step(Leftovers& leftovers, Duration since) { return leftovers.step(kEnd + since); }

  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
  std::set<pid_t> ours_;
  BuildProcesses build_{home_, area_, [this](const proc::Stat& process) { return ours_.contains(process.pid); }};
};

TEST_F(LeftBehind, HasASecondToEndByItself) {
  const Named child("server");
  Leftovers left = leftovers();
  EXPECT_TRUE(step(left, 1s - 1ns));
  EXPECT_FALSE(area_.killing);
  EXPECT_EQ(left.line(), "");
  EXPECT_TRUE(spared(child.pid()));
}

TEST_F(LeftBehind, IsToldToEndThen) {
  const Named child("server");
  Leftovers left = leftovers();
  EXPECT_TRUE(step(left, 1s));
  EXPECT_EQ(end_of(child.pid()), -SIGTERM);
  EXPECT_TRUE(area_.killing);
  EXPECT_EQ(left.line(), "the command left a process running, told to end (TERM): server");
}

TEST_F(LeftBehind, HearsOfItThoughItIsStopped) {
  const Named child("server");
  stop(child.pid());
  Leftovers left = leftovers();
  EXPECT_TRUE(step(left, 1s));
  EXPECT_EQ(end_of(child.pid()), -SIGTERM);
}

TEST_F(LeftBehind, IsKilledFiveSecondsAfterIt) {
  const Stubborn child;
  Leftovers left = leftovers();
  EXPECT_TRUE(step(left, 1s));
  EXPECT_TRUE(step(left, 6s - 1ns));
  EXPECT_THAT(left.line(), EndsWith("told to end (TERM): server"));
  EXPECT_TRUE(step(left, 6s));
  EXPECT_EQ(end_of(child.pid()), -SIGKILL);
  EXPECT_THAT(left.line(), EndsWith("told to end (TERM): server; KILL ended it"));
}

TEST_F(LeftBehind, IsKilledWhenTheUsersPatienceIsOver) {
  const Stubborn child;
  Leftovers left = leftovers(2s);
  EXPECT_TRUE(step(left, 3s - 1ns));
  EXPECT_THAT(left.line(), EndsWith("told to end (TERM): server"));
  EXPECT_TRUE(step(left, 3s));
  EXPECT_EQ(end_of(child.pid()), -SIGKILL);
}

TEST_F(LeftBehind, IsGivenUpFiveSecondsAfterTheKill) {
  Leftovers left = leftovers(2s);
  EXPECT_TRUE(step(left, 8s - 1ns));
  EXPECT_FALSE(step(left, 8s));
}

TEST_F(LeftBehind, IsNamedAndCounted) {
  const Named other("other");
  const Stubborn first;
  const Stubborn second;
  Leftovers left = leftovers(2s);
  EXPECT_TRUE(step(left, 1s));
  EXPECT_EQ(end_of(other.pid()), -SIGTERM);
  EXPECT_EQ(left.line(), "the command left 3 processes running, told to end (TERM): other, server (2)");
  EXPECT_TRUE(step(left, 3s));
  EXPECT_THAT(left.line(), EndsWith("other, server (2); KILL ended 2 of them"));
}

TEST_F(LeftBehind, CannotDriveTheTerminalByItsName) {
  const Stubborn child("\x1b[2J");
  Leftovers left = leftovers();
  EXPECT_TRUE(step(left, 1s));
  EXPECT_THAT(left.line(), EndsWith(": \\x1b[2J"));
}

TEST_F(LeftBehind, IsToldOnceAlsoWhenItWasForkedSince) {
  const Stubborn first;
  Leftovers left = leftovers();
  EXPECT_TRUE(step(left, 1s));
  EXPECT_TRUE(step(left, 2s));
  const Stubborn second("late");
  EXPECT_TRUE(step(left, 3s));
  EXPECT_EQ(left.line(), "the command left 2 processes running, told to end (TERM): late, server");
}

TEST_F(LeftBehind, IsNothingThatIsOursOrHasEnded) {
  const Named ended("ended");
  const Stubborn keeper("mg-keeper");
  ::kill(ended.pid(), SIGKILL);
  ASSERT_EQ(end_of(ended.pid()), -SIGKILL);
  EXPECT_FALSE(build_.empty());
  ours_ = {keeper.pid()};
  EXPECT_TRUE(build_.empty());
  EXPECT_THAT(build_.living(), IsEmpty());
  build_.kill();
  EXPECT_TRUE(spared(keeper.pid()));
}

TEST_F(LeftBehind, IsKilledWithAllThatIsStopped) {
  const Named running("running");
  const Named frozen("frozen");
  stop(frozen.pid());
  build_.kill();
  EXPECT_EQ(end_of(running.pid()), -SIGKILL);
  EXPECT_EQ(end_of(frozen.pid()), -SIGKILL);
  EXPECT_TRUE(area_.killing);
}

class LeftInATree : public LeftBehind {
 protected:
  static constexpr pid_t kJob = 5'000'001;

  LeftInATree() {
    tree_.spawn(::getpid());
    home_ = cgroup::make_run(cgroup::Group(tree_.open()), cgroup::Origin::own_subtree, {}).value();
    tree_.spawn(kJob, home_.run_name + "/build/main");
  }
  ~LeftInATree() override { home_ = {}; }

  cgroup::FakeTree tree_;
};

TEST_F(LeftInATree, IsWhatTheKernelCountsThere) {
  const Named elsewhere("elsewhere");
  EXPECT_FALSE(build_.empty());
  build_.kill();
  EXPECT_EQ(tree_.where(kJob), "gone");
  EXPECT_TRUE(build_.empty());
  EXPECT_TRUE(spared(elsewhere.pid()));
  EXPECT_TRUE(area_.killing);
}

TEST_F(LeftInATree, IsNothingWhereTheTreeIsGone) {
  tree_.fail("read", home_.run_name + "/build", "cgroup.events", ENODEV);
  EXPECT_TRUE(build_.empty());
}

}  // namespace
}  // namespace memguard::supervisor
