// What killed runs have left stopped. The next run of any user on this machine sweeps as well, which changes nothing of
// what is expected here: each run is named after the process of the test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "child_of_run.h"
#include "child_states.h"
#include "proc/own_name.h"
#include "supervisor/keeper/keeper.h"

namespace memguard::supervisor {
namespace {

// A pid that no system has: pid_max is at most 2^22.
std::string dead_run() { return fmt::format("5000009:{}", ::getpid()); }
std::string living_run() { return fmt::format("{}:sweep", ::getpid()); }

TEST(SweepOfStoppedRuns, KillsARunWhoseFrontIsGone) {
  const ChildOfRun stopped_one(dead_run());
  const ChildOfRun running(dead_run());
  stop(stopped_one.pid());
  sweep_stopped_runs();
  EXPECT_EQ(end_of(stopped_one.pid()), -SIGKILL);
  EXPECT_EQ(end_of(running.pid()), -SIGKILL);
}

TEST(SweepOfStoppedRuns, LeavesWhatRunsAlone) {
  const ChildOfRun running(dead_run());
  sweep_stopped_runs();
  EXPECT_TRUE(lives(running.pid()));
}

TEST(SweepOfStoppedRuns, LeavesARunWhoseFrontLivesStopped) {
  const ChildOfRun child(living_run());
  stop(child.pid());
  sweep_stopped_runs();
  EXPECT_TRUE(stopped(child.pid()));
}

TEST(SweepOfStoppedRuns, LeavesWhatIsOfNoRun) {
  for (const std::string entry : {"A=1", "MEMGUARD_RUN=", "MEMGUARD_RUN=x:1", "MEMGUARD_RUN=99999999999999999999:1",
                                  "NO_MEMGUARD_RUN=5000009:1", "MEMGUARD_RUNS=5000009:1"}) {
    const ChildOfRun child(std::vector{entry});
    stop(child.pid());
    sweep_stopped_runs();
    EXPECT_TRUE(stopped(child.pid())) << entry;
  }
}

TEST(SweepOfStoppedRuns, LetsStoppedHelpersDoTheirWork) {
  for (const char* name : {"mg-keeper", "mg-witness"}) {
    const WaitingChild helper([name] { proc::take_name(name); });
    stop(helper.pid());
    sweep_stopped_runs();
    EXPECT_FALSE(stopped(helper.pid())) << name;
  }
  const WaitingChild other([] { proc::take_name("mg-keepers"); });
  stop(other.pid());
  sweep_stopped_runs();
  EXPECT_TRUE(stopped(other.pid()));
}

}  // namespace
}  // namespace memguard::supervisor
