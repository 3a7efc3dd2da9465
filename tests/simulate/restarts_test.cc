// Jobs that are killed or evicted: what comes back, as what, and what is lost.
#include <set>

#include <gmock/gmock.h>

#include "scripted.h"

namespace memguard::simulate::testing {
namespace {

/// Two jobs that each jump to 70 MiB at their middle, in 100 MiB: together they do not fit, and nothing foretells it.
std::vector<Task> two_that_jump() {
  const Task jumps = task(kRustc, 10, {{0, mib(1)}, {0.5, mib(1)}, {0.5, mib(70)}, {1, mib(70)}});
  return {jumps, jumps};
}

Machine restarting(double limit_mib, int cores) {
  Machine made = machine(limit_mib, cores);
  made.restarts = true;
  return made;
}

TEST(Restart, AKilledJobComesBackWithItsFamilyAndItsHistory) {
  std::set<std::uint32_t> ids;
  std::set<std::uint32_t> families;
  std::optional<policy::JobSeen> back;
  Instant killed_at{};
  Instant back_at{};
  const Outcome outcome =
      run_trusting(two_that_jump(), restarting(100, 2), [&](const policy::Observation& seen, const policy::Decision&) {
        for (const auto& ended : seen.ended) {
          if (!ended.completed && killed_at == Instant{}) killed_at = seen.at;
        }
        for (const auto& job : seen.jobs) {
          ids.insert(static_cast<std::uint32_t>(job.id));
          families.insert(static_cast<std::uint32_t>(job.family));
          if (job.oom_kills == 0 || back) continue;
          back = job;
          back_at = seen.at;
        }
      });
  EXPECT_EQ(outcome.killed, 1);
  EXPECT_EQ(outcome.lost, 0);
  EXPECT_EQ(outcome.ended, 2);
  EXPECT_EQ(outcome.most_restarts_of_one, 1);
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(families.size(), 2U);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state, JobState::waiting);
  EXPECT_EQ(back->memory, Bytes{});
  EXPECT_EQ(back->cpu, Duration{});
  EXPECT_EQ(back->killed_at, mib(70));
  EXPECT_EQ(back->evicted_at, std::nullopt);
  EXPECT_EQ(back_at - killed_at, Machine{}.restart_delay);
  // Five seconds of work are done twice.
  EXPECT_NEAR(seconds(outcome.wasted), 5, 1e-3);
  EXPECT_NEAR(seconds(outcome.cpu), 25, 1e-3);
}

TEST(Restart, WithoutShimsAKilledJobIsLost) {
  const Outcome outcome = run_trusting(two_that_jump(), machine(100, 2));
  EXPECT_EQ(outcome.killed, 1);
  EXPECT_EQ(outcome.lost, 1);
  EXPECT_EQ(outcome.ended, 1);
}

TEST(Restart, AJobThatMayNotBeRestartedIsLost) {
  auto tasks = two_that_jump();
  tasks[0].restartable = tasks[1].restartable = false;
  bool any = false;
  const Outcome outcome =
      run_trusting(tasks, restarting(100, 2), [&](const policy::Observation& seen, const policy::Decision&) {
        for (const auto& job : seen.jobs) any = any || job.restartable;
      });
  EXPECT_FALSE(any);
  EXPECT_EQ(outcome.lost, 1);
}

TEST(Restart, AJobThatDoesNotFitAloneIsLostAndTheOthersEnd) {
  const Outcome outcome = run_trusting({flat(5, 200), flat(5, 10), flat(5, 10)}, restarting(100, 1));
  EXPECT_EQ(outcome.lost, 1);
  EXPECT_EQ(outcome.ended, 2);
  EXPECT_FALSE(outcome.hung);
}

TEST(Restart, AFamilyComesBackAsAWhole) {
  auto tasks = two_that_jump();
  // Its linker has ended when the rustc is killed.
  Task link = flat(0.5, 1, kLink);
  link.parent = 1;
  link.parent_progress = 0.2;
  tasks.push_back(link);
  // Both jump at the same moment, before anybody can see it.
  tasks[0].alone = std::chrono::seconds{11};
  tasks[1].curve.back().memory = tasks[1].curve[2].memory = mib(71);
  int links = 0;
  std::set<std::uint32_t> known;
  const Outcome outcome =
      run_trusting(tasks, restarting(100, 2), [&](const policy::Observation& seen, const policy::Decision&) {
        for (const auto& job : seen.jobs) {
          if (job.job_class == kLink && known.insert(static_cast<std::uint32_t>(job.id)).second) ++links;
        }
      });
  EXPECT_EQ(outcome.killed, 1);
  EXPECT_EQ(outcome.ended, 3);
  EXPECT_EQ(links, 2);
  EXPECT_NEAR(seconds(outcome.wasted), 5.5, 1e-3);
}

TEST(Restart, ARestartMayNeedMore) {
  auto tasks = two_that_jump();
  for (Task& job : tasks) job.restart_factor = 1.2;
  Bytes most;
  const Outcome outcome =
      run_trusting(tasks, restarting(100, 2), [&](const policy::Observation& seen, const policy::Decision&) {
        for (const auto& job : seen.jobs) most = std::max(most, job.memory);
      });
  EXPECT_EQ(outcome.killed, 1);
  EXPECT_EQ(outcome.lost, 0);
  EXPECT_EQ(most, mib(84));
  for (Task& job : tasks) job.restart_factor = 2;
  EXPECT_EQ(run_trusting(tasks, restarting(100, 2)).lost, 1);
}

/// A workload in which something is evicted; which one that is, is the policy's business.
Build evicting() { return study("mixed8", 1, Knowledge::nothing).value(); }

TEST(Evict, FreesItsMemoryAfterTheReactionAndComesBackLater) {
  const Build build = evicting();
  std::map<std::uint32_t, Instant> evicted;
  int seen_back = 0;
  const Outcome outcome =
      run_guarded(build.tasks, build.machine, [&](const policy::Observation& seen, const policy::Decision& decision) {
        for (const auto& job : seen.jobs) {
          const auto at = evicted.find(static_cast<std::uint32_t>(job.family));
          if (at == evicted.end() || job.evictions == 0 || job.state != JobState::waiting) continue;
          EXPECT_GE(seen.at - at->second, build.machine.restart_delay + build.machine.reaction / 2);
          EXPECT_TRUE(job.evicted_at.value_or(Bytes{}) > Bytes{});
          EXPECT_EQ(job.memory, Bytes{});
          ++seen_back;
          evicted.erase(at);
        }
        for (const auto& action : decision.actions) {
          if (const auto* evict = std::get_if<policy::Evict>(&action)) {
            evicted.emplace(static_cast<std::uint32_t>(evict->family), seen.at);
          }
        }
      });
  EXPECT_GT(outcome.evicted, 0);
  EXPECT_GT(seen_back, 0);
  EXPECT_EQ(outcome.lost, 0);
  EXPECT_EQ(outcome.ended, 500);
  EXPECT_GT(outcome.wasted, Duration{});
}

TEST(Evict, WhatIsWastedIsUsedOnTop) {
  const Build build = evicting();
  const Outcome outcome = run_guarded(build.tasks, build.machine);
  double alone = 0;
  for (const Task& job : build.tasks) alone += seconds(job.alone);
  EXPECT_NEAR(seconds(outcome.cpu), alone + seconds(outcome.wasted), 1e-3);
  EXPECT_NEAR(seconds(outcome.cpu) + seconds(outcome.idle), build.machine.cores * seconds(outcome.makespan), 1e-2);
}

}  // namespace
}  // namespace memguard::simulate::testing
