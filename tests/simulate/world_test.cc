// Time, processors, dependencies and memory of the world, at fixed -j and under the policy.
#include <gmock/gmock.h>

#include "scripted.h"

namespace memguard::simulate::testing {
namespace {

TEST(World, ProcessorsAreShared) {
  const std::vector<Task> tasks(4, flat(1, 1));
  EXPECT_NEAR(seconds(run_fixed(tasks, machine(100, 4), 4).makespan), 1, 1e-6);
  EXPECT_NEAR(seconds(run_fixed(tasks, machine(100, 2), 4).makespan), 2, 1e-6);
  EXPECT_NEAR(seconds(run_fixed(tasks, machine(100, 4), 1).makespan), 4, 1e-6);
}

TEST(World, AJobOfSeveralThreadsTakesSeveralProcessors) {
  Task wide = flat(1, 1);
  wide.processors = 4;
  const Outcome alone = run_fixed({wide}, machine(100, 2), 2);
  EXPECT_NEAR(seconds(alone.makespan), 2, 1e-6);
  EXPECT_NEAR(seconds(alone.cpu), 4, 1e-6);
  EXPECT_NEAR(seconds(alone.idle), 0, 1e-6);
}

TEST(World, ASleeperUsesNoProcessor) {
  Task sleeper = flat(3, 1);
  sleeper.sleeps = true;
  const Outcome outcome = run_fixed({sleeper, flat(3, 1)}, machine(100, 1), 2);
  EXPECT_NEAR(seconds(outcome.makespan), 3, 1e-6);
  EXPECT_NEAR(seconds(outcome.cpu), 3, 1e-6);
}

TEST(World, CountsProcessorsThatAreIdle) {
  const Outcome outcome = run_fixed({flat(2, 1)}, machine(100, 4), 4);
  EXPECT_NEAR(seconds(outcome.idle), 6, 1e-6);
}

TEST(World, TasksWaitForWhatTheyComeAfter) {
  std::vector<Task> tasks(3, flat(1, 1));
  tasks[0].after = {2};
  tasks[2].after = {1};
  EXPECT_NEAR(seconds(run_fixed(tasks, machine(100, 4), 4).makespan), 3, 1e-6);
}

TEST(World, TheMostUrgentTaskStartsFirst) {
  std::vector<Task> tasks(3, flat(1, 1));
  tasks[1].after = {2};
  prioritise_like_cargo(tasks);
  EXPECT_EQ(tasks[2].priority, 1);
  EXPECT_NEAR(seconds(run_fixed(tasks, machine(100, 2), 2).makespan), 2, 1e-6);
}

TEST(World, AParentWaitsForItsChildAndKeepsItsMemory) {
  Task child = flat(2, 30, kLink);
  child.parent = 0;
  child.parent_progress = 0.5;
  const Outcome outcome = run_fixed({flat(2, 40), child}, machine(100, 4), 4);
  EXPECT_NEAR(seconds(outcome.makespan), 4, 1e-6);
  EXPECT_EQ(outcome.most_used, mib(70));
  EXPECT_EQ(outcome.ended, 2);
}

TEST(World, OneLockIsHeldByOne) {
  std::vector<Task> tasks(2, flat(2, 1));
  for (Task& job : tasks) job.lock = {0.0, 0.5};
  EXPECT_NEAR(seconds(run_fixed(tasks, machine(100, 2), 2).makespan), 3, 1e-6);
}

TEST(World, MemoryFollowsTheCurveAndIsKilledWhereItMeetsTheLimit) {
  const Task growing = task(kRustc, 10, {{0, Bytes{}}, {1, mib(100)}});
  const Outcome outcome = run_fixed({growing}, machine(50, 1), 1);
  EXPECT_EQ(outcome.killed, 1);
  EXPECT_EQ(outcome.lost, 1);
  EXPECT_NEAR(seconds(outcome.makespan), 5, 1e-3);
  EXPECT_EQ(run_fixed({growing}, machine(100, 1), 1).killed, 0);
}

TEST(World, AJumpOfTheCurveIsSeen) {
  const Task jumps = task(kRustc, 10, {{0, mib(1)}, {0.5, mib(1)}, {0.5, mib(99)}, {0.6, mib(99)}, {0.6, mib(1)}});
  const Outcome outcome = run_fixed({jumps}, machine(200, 1), 1);
  EXPECT_EQ(outcome.most_used, mib(99));
  EXPECT_NEAR(seconds(run_fixed({jumps}, machine(50, 1), 1).makespan), 5, 1e-3);
}

TEST(World, ALimitThatMovesIsTheLimit) {
  Machine shrinking = machine(100, 1);
  shrinking.later_limits = {{Instant{} + std::chrono::seconds{2}, mib(80)},
                            {Instant{} + std::chrono::seconds{3}, mib(40)}};
  const Outcome outcome = run_fixed({flat(10, 50)}, shrinking, 1);
  EXPECT_EQ(outcome.killed, 1);
  EXPECT_NEAR(seconds(outcome.makespan), 3, 1e-3);
}

TEST(World, ABuildThatStandsStillHangs) {
  // The lock's owner waits for a child that wants the lock.
  Task owner = flat(2, 1);
  owner.lock = {0.0, 1.0};
  Task child = flat(1, 1, kLink);
  child.parent = 0;
  child.parent_progress = 0.5;
  child.lock = {0.0, 1.0};
  Machine small = machine(100, 2);
  small.patience = std::chrono::minutes{5};
  const Outcome outcome = run_fixed({owner, child}, small, 2);
  EXPECT_TRUE(outcome.hung);
  EXPECT_EQ(outcome.makespan, small.patience);
}

TEST(World, ALimitBelowWhatIsNoJobNeedsNoJobToBeKilled) {
  Machine none = machine(10, 1);
  none.overhead = mib(20);
  none.patience = std::chrono::minutes{1};
  Task nothing = task(kRustc, 1, {{0, Bytes{}}});
  EXPECT_EQ(run_fixed({nothing}, none, 1).killed, 0);
}

TEST(World, IsTheSameEachTime) {
  const Build build = study("med8", 5, Knowledge::predictions).value();
  const auto log = [&] {
    std::vector<std::int64_t> seen;
    (void)run_guarded(build.tasks, build.machine, [&](const policy::Observation& observation, const auto& decision) {
      seen.push_back(observation.at.time_since_epoch().count());
      seen.push_back(observation.used.count);
      seen.push_back(static_cast<std::int64_t>(decision.actions.size()));
    });
    return seen;
  };
  EXPECT_EQ(log(), log());
}

TEST(World, ShowsThePolicyWhatIsTrue) {
  const Build build = study("links1024", 1, Knowledge::nothing).value();
  Instant last{};
  (void)run_guarded(build.tasks, build.machine, [&](const policy::Observation& seen, const policy::Decision&) {
    Bytes sum;
    for (const auto& job : seen.jobs) {
      sum += job.memory;
      EXPECT_GE(job.peak, job.memory);
      EXPECT_TRUE(job.restartable);
    }
    EXPECT_LT((seen.used - sum).count, static_cast<std::int64_t>(seen.jobs.size()) + 1);
    EXPECT_GE(seen.at, last);
    EXPECT_LE(seen.used, seen.limit);
    last = seen.at;
  });
  EXPECT_GT(seconds(last), 1);
}

}  // namespace
}  // namespace memguard::simulate::testing
