// What holds in every build: random worlds of any shape, checked after every step.
#include <cstdlib>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "rules_watch.h"
#include "same_worlds.h"
#include "simulate/study.h"
#include "simulate/workloads.h"
#include "simulate/world.h"

namespace memguard::policy::testing {
namespace {

using namespace simulate;

const int kSameWorlds = take_same_worlds("300");

Build some_build() {
  const auto seed = *rc::gen::noShrink(rc::gen::inRange<std::uint64_t>(0, 1ULL << 40U));
  // Shrinks towards fewer tasks of the same world.
  return anything(seed, *rc::gen::inRange(1, 60));
}

struct Watched {
  Outcome outcome;
  std::vector<std::string> broken;
  std::string log;
};

Watched run_watched(const Build& build, const Settings& settings = {}) {
  Governor governor(settings);
  RulesWatch rules(settings);
  const Outcome outcome = run(build.tasks, build.machine, governor, rules.watch());
  return {outcome, rules.broken(), rules.log()};
}

RC_GTEST_PROP(Policy, NeverBreaksARuleInAnyStep, ()) {
  const Watched run = run_watched(some_build());
  RC_LOG() << (run.broken.empty() ? "" : run.broken.front());
  RC_ASSERT(run.broken.empty());
}

RC_GTEST_PROP(Policy, EveryJobEndsAndNothingStaysHeldOrFrozen, ()) {
  const Build build = some_build();
  const Watched run = run_watched(build);
  RC_ASSERT(!run.outcome.hung);
  if (run.outcome.killed == 0) RC_ASSERT(run.outcome.ended == static_cast<int>(build.tasks.size()));
}

RC_GTEST_PROP(Policy, EveryJobEndsWhenTheLimitIsHalvedMidway, ()) {
  Build build = some_build();
  const Duration when = std::chrono::milliseconds(*rc::gen::inRange(0, 20000));
  build.machine.later_limits = {{Instant{} + when, 0.5 * build.machine.limit}};
  const Watched run = run_watched(build);
  RC_LOG() << (run.broken.empty() ? "" : run.broken.front());
  RC_ASSERT(!run.outcome.hung);
  RC_ASSERT(run.broken.empty());
}

/// Asks for anything at any time, and keeps what is to be stopped so until it runs again, as the supervisor does.
class AnyUser {
 public:
  explicit AnyUser(std::uint64_t seed) : random_(seed) {}

  void ask(Observation& seen) {
    constexpr double kShare = 0.03;
    for (JobSeen& job : seen.jobs) {
      if (std::bernoulli_distribution(kShare)(random_))
        job.wish = static_cast<Wish>(std::uniform_int_distribution(1, 3)(random_));
      if (job.wish == Wish::stop) kept_.insert(job.id);
      if (job.wish == Wish::go) kept_.erase(job.id);
      if (job.wish == Wish::none && kept_.contains(job.id)) job.wish = Wish::stop;
    }
  }
  void after_step(const Decision& decision) {
    for (const Refused& refused : decision.denied) kept_.erase(refused.job);
    for (const Action& action : decision.actions) {
      if (const auto* admit = std::get_if<Admit>(&action)) kept_.erase(admit->job);
      if (const auto* thaw = std::get_if<Thaw>(&action)) {
        for (const JobId job : thaw->jobs) kept_.erase(job);
      }
    }
  }

 private:
  std::mt19937_64 random_;
  std::set<JobId> kept_;
};

// What an eviction that was asked for throws away is started again, and after three the family runs as the oldest.
RC_GTEST_PROP(Policy, EveryJobEndsWhateverTheUserAsksFor, ()) {
  Build build = some_build();
  AnyUser user(*rc::gen::inRange<std::uint64_t>(0, 1000));
  build.machine.user = [&](Observation& seen) { user.ask(seen); };
  Governor governor{Settings{}};
  RulesWatch rules{Settings{}};
  const Outcome outcome =
      run(build.tasks, build.machine, governor, [&](const Observation& seen, const Decision& decision) {
        user.after_step(decision);
        rules.after_step(seen, decision);
      });
  RC_LOG() << (rules.broken().empty() ? "" : rules.broken().front());
  RC_ASSERT(!outcome.hung);
  RC_ASSERT(rules.broken().empty());
  if (outcome.killed == 0) RC_ASSERT(outcome.ended == static_cast<int>(build.tasks.size()));
}

RC_GTEST_PROP(Policy, HoldsAndFreezesNothingWithPlentifulMemory, ()) {
  Build build = some_build();
  // Predictions of 5 times the peak and classes that scatter by 20 cost reservations: plentiful is beyond them.
  build.machine.limit = 20.0 * (static_cast<double>(build.machine.tokens) * (build.largest + Bytes{1 << 28}));
  const Watched run = run_watched(build);
  RC_ASSERT(run.outcome.held == 0);
  RC_ASSERT(run.outcome.freezes == 0);
}

RC_GTEST_PROP(Policy, SameObservationsGiveTheSameDecisions, ()) {
  const Build build = some_build();
  RC_ASSERT(run_watched(build).log == run_watched(build).log);
}

RC_GTEST_PROP(Policy, CopyDecidesLikeTheOriginal, ()) {
  const Build build = some_build();
  Governor governor;
  Governor copy = governor;
  bool same = true;
  const Watch check = [&](const Observation& seen, const Decision& decision) {
    Governor fork = copy;
    const Decision again = fork.step(seen);
    same = same && again.actions.size() == decision.actions.size() && again.next_sample == decision.next_sample;
    copy = std::move(fork);
  };
  RC_ASSERT(run(build.tasks, build.machine, governor, check).steps > 0);
  RC_ASSERT(same);
}

// A family rests 0.3 s after each of its first two freezes, then twice as long each time up to 4.8 s. Only becoming the
// oldest (once) and a stall (at most one in Settings::stall) cut that short.
RC_GTEST_PROP(Policy, FreezesOfOneFamilyAreBounded, ()) {
  const Watched run = run_watched(some_build());
  const double rested = seconds(run.outcome.makespan) / seconds(Settings{}.frozen_most);
  const double stalls = seconds(run.outcome.makespan) / seconds(Settings{}.stall);
  RC_ASSERT(run.outcome.most_freezes_of_one <= 8 + rested + stalls);
  RC_ASSERT(run.outcome.most_freezes_of_one <= 20);
}

// --- The properties see a bug when there is one ---------------------------------------------------------------------

/// Worlds of this many seeds in which `fails` is true.
template <class Fails>
int worlds_where(int count, Fails fails) {
  int failed = 0;
  for (int seed = 0; seed < count; ++seed) {
    if (fails(anything(static_cast<std::uint64_t>(seed), 30))) ++failed;
  }
  return failed;
}

TEST(Mutant, WithoutTheStallRuleSomeBuildHangs) {
  Settings never;
  never.stall = never.stall_without_room = std::chrono::hours{1000};
  const int hung = worlds_where(300, [&](Build build) {
    build.machine.patience = std::chrono::minutes{30};
    return run_watched(build, never).outcome.hung;
  });
  EXPECT_GT(hung, 0);
}

TEST(Mutant, WithoutFreezingMoreIsKilled) {
  Settings never;
  never.growth_ignored = Bytes::unlimited();
  const auto killed = [](const Settings& settings) {
    return worlds_where(600, [&](const Build& build) { return run_watched(build, settings).outcome.killed > 0; });
  };
  EXPECT_GT(killed(never), killed({}));
}

TEST(Mutant, WithoutCoursesASecondBuildIsSlower) {
  const auto takes = [](const Settings& settings) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const auto build = simulate::study("mixed8", seed, simulate::Knowledge::recorded);
      Governor governor(settings);
      sum += seconds(simulate::run(build->tasks, build->machine, governor).makespan);
    }
    return sum;
  };
  Settings without;
  without.courses_most = 0;
  EXPECT_GT(takes(without), 1.05 * takes({}));
}

TEST(Mutant, WithoutCountingProcessorsOneOfThemEvictsInVain) {
  const auto evicted = [](const Settings& settings) {
    auto build = simulate::study("mixed8", 300, simulate::Knowledge::nothing);
    build->machine.cores = 1;
    build->machine.tokens = 8;
    Governor governor(settings);
    return simulate::run(build->tasks, build->machine, governor).evicted;
  };
  Settings without;
  without.processor_free = -1'000;
  EXPECT_GT(evicted(without), 20);
  EXPECT_EQ(evicted({}), 0);
}

TEST(RulesWatch, SeesADecisionThatFreezesTheOldest) {
  RulesWatch rules{{}};
  Observation seen;
  seen.jobs.push_back({.id = JobId{1}, .family = FamilyId{1}, .job_class = {}, .state = JobState::running});
  Decision decision;
  decision.next_sample = std::chrono::milliseconds{100};
  decision.actions = {Hold{JobId{1}, {}, {}}, Freeze{FamilyId{1}, {JobId{1}}, {}}};
  rules.after_step(seen, decision);
  EXPECT_THAT(rules.broken(),
              ::testing::Contains(::testing::StartsWith("something of the oldest active family works")));
  EXPECT_THAT(rules.broken(), ::testing::Contains(::testing::StartsWith("something runs")));
}

}  // namespace
}  // namespace memguard::policy::testing
