// The promise, in many random worlds: every job ends, nothing is lost when each fits alone, and what it costs is
// bounded.
//
// 100,000 worlds in all. MEMGUARD_SOAK=N takes N for each property instead: MEMGUARD_SOAK=100000 is a million.
// RC_PARAMS="reproduce=..." of a failure, or "seed=7", work as always with RapidCheck.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rules_watch.h"
#include "same_worlds.h"
#include "worlds.h"

namespace memguard::policy::testing {
namespace {

using simulate::Build;
using simulate::Outcome;

const int kSameWorlds = take_same_worlds("10000");

/// 3 restarts, 2 kills for memory, and what stalls and families that run alone can add. Seen in a million worlds: 6.
constexpr int kMostRestarts = 8;
/// From the third on each is followed by twice the rest, up to 4.8 s; restarts begin anew. Seen: 18.
constexpr int kMostFreezes = 25;

struct Watched {
  Outcome outcome;
  std::string broken;
  std::size_t gone = 0;
};

Watched run_watched(const Build& build, const Settings& settings = {}) {
  Governor governor(settings);
  RulesWatch rules(settings);
  const Outcome outcome = simulate::run(build.tasks, build.machine, governor, rules.watch());
  return {outcome, rules.broken().empty() ? "" : rules.broken().front(), rules.gone()};
}

/// What holds in every world, whatever can be restarted.
void check_always(const Watched& run) {
  RC_LOG() << run.broken;
  RC_ASSERT(run.broken.empty());
  RC_ASSERT(!run.outcome.hung);
  RC_ASSERT(run.gone == 0U);
  RC_ASSERT(run.outcome.most_restarts_of_one <= kMostRestarts);
  RC_ASSERT(run.outcome.most_freezes_of_one <= kMostFreezes);
  // Every start of a job uses at most what it needs to end.
  RC_ASSERT(run.outcome.wasted <= kMostRestarts * (run.outcome.cpu - run.outcome.wasted));
}

void check_nothing_lost(const Build& build, const Watched& run) {
  check_always(run);
  RC_ASSERT(run.outcome.lost == 0);
  RC_ASSERT(run.outcome.ended == static_cast<int>(build.tasks.size()));
}

std::uint64_t some_seed() { return *rc::gen::noShrink(rc::gen::inRange<std::uint64_t>(0, 1ULL << 40U)); }
/// Shrinks towards fewer tasks. Mostly small, because small worlds find most; one in 500 is as large as builds are.
int some_size() {
  const auto sizes = rc::gen::weightedOneOf<int>({{499, rc::gen::inRange(1, 40)}, {1, rc::gen::inRange(100, 500)}});
  return *rc::gen::resize(rc::kNominalSize, sizes);
}

RC_GTEST_PROP(Proof, NothingIsLostWhereEveryJobCanBeRestarted, ()) {
  const Build build = mean_world(some_seed(), {.most_tasks = some_size()});
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, NothingIsLostWhenTheLimitFallsMidway, ()) {
  Build build = mean_world(some_seed(), {.most_tasks = some_size()});
  auto& machine = build.machine;
  const Duration when = std::chrono::milliseconds(*rc::gen::inRange(0, 20'000));
  const Bytes least = 1.02 * build.largest + machine.overhead;
  machine.later_limits = {{Instant{} + when, std::max(0.5 * machine.limit, least)}};
  machine.limit = std::max(machine.limit, least);
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, NothingIsLostWithSwap, ()) {
  const Build build = mean_world(some_seed(), {.most_tasks = some_size(), .swap = true});
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, NothingIsLostWithSwapWhereWhatCannotBeRestartedFitsTogether, ()) {
  const Meanness some{.most_tasks = some_size(), .not_restartable = 0.5, .those_fit_together = true, .swap = true};
  const Build build = mean_world(some_seed(), some);
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, NothingIsLostWhoeverPredicts, ()) {
  const Meanness some{.most_tasks = some_size(),
                      .not_restartable = *rc::gen::element(0.0, 0.3),
                      .those_fit_together = true,
                      .swap = *rc::gen::arbitrary<bool>(),
                      .many_sources = true};
  const Build build = mean_world(some_seed(), some);
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, NothingIsLostInFamiliesOfMany, ()) {
  const Meanness some{.most_tasks = some_size(), .swap = *rc::gen::arbitrary<bool>(), .start_many = 0.3};
  const Build build = mean_world(some_seed(), some);
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, NothingIsLostInFamiliesOfManyWhereWhatCannotBeRestartedFitsTogether, ()) {
  const Meanness some{.most_tasks = some_size(), .not_restartable = 0.3, .those_fit_together = true, .start_many = 0.3};
  const Build build = mean_world(some_seed(), some);
  check_nothing_lost(build, run_watched(build));
}

// A client that waits is not what others wait for: 0.3 s until that shows, 5 s in which it might end, and a few
// samples.
RC_GTEST_PROP(Proof, NothingStandsStillForAClientThatWaits, ()) {
  const Meanness some{.most_tasks = some_size(), .start_many = 0.2, .clients = *rc::gen::inRange(1, 4)};
  const Build build = mean_world(some_seed(), some);
  const Watched run = run_watched(build);
  check_nothing_lost(build, run);
  RC_ASSERT(run.outcome.longest_standstill <= std::chrono::milliseconds{6500});
}

// What cannot be restarted is the last that the kernel takes (oom_score_adj): only when all of it together is too much.
RC_GTEST_PROP(Proof, NothingIsLostWhereWhatCannotBeRestartedFitsTogether, ()) {
  const Meanness some{.most_tasks = some_size(), .not_restartable = 0.3, .those_fit_together = true};
  const Build build = mean_world(some_seed(), some);
  check_nothing_lost(build, run_watched(build));
}

RC_GTEST_PROP(Proof, WhatCanBeRestartedIsNeverLostWhateverCannot, ()) {
  const Build build = mean_world(some_seed(), {.most_tasks = some_size(), .not_restartable = 0.3});
  const Watched run = run_watched(build);
  check_always(run);
  RC_ASSERT(run.outcome.ended + run.outcome.lost == static_cast<int>(build.tasks.size()));
}

// --- The properties see a bug when there is one: each rule taken out by a setting that never lets it act

struct Sum {
  int evicted = 0;
  int hung = 0;
  int lost = 0;
  int killed = 0;
  int most_restarts = 0;
  int most_freezes = 0;
  Duration oldest_held{};
  Duration longest_standstill{};
};

Sum over_worlds(const Settings& settings, const Meanness& meanness = {}, std::uint64_t worlds = 1500) {
  Sum sum;
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    Build build = mean_world(seed, meanness);
    build.machine.patience = std::chrono::minutes{60};
    Governor governor(settings);
    const Outcome outcome = simulate::run(build.tasks, build.machine, governor);
    sum.hung += outcome.hung ? 1 : 0;
    sum.evicted += outcome.evicted;
    sum.lost += outcome.lost;
    sum.killed += outcome.killed;
    sum.most_restarts = std::max(sum.most_restarts, outcome.most_restarts_of_one);
    sum.most_freezes = std::max(sum.most_freezes, outcome.most_freezes_of_one);
    sum.longest_standstill = std::max(sum.longest_standstill, outcome.longest_standstill);
    sum.oldest_held = std::max(sum.oldest_held, outcome.oldest_held);
  }
  return sum;
}

constexpr int kNever = 1'000'000;

TEST(ProofMutant, WithoutAloneOneJobIsRestartedAgainAndAgain) {
  Settings settings;
  settings.oom_kills_most = kNever;
  EXPECT_GT(over_worlds(settings).most_restarts, kMostRestarts);
}

TEST(ProofMutant, WithoutAloneAndTheBoundOnRestartsSomeBuildHangs) {
  Settings settings;
  settings.oom_kills_most = settings.restarts_most = kNever;
  EXPECT_GT(over_worlds(settings, {}, 10'000).hung, 0);
}

TEST(ProofMutant, WithoutTheStallRuleSomeBuildHangs) {
  Settings settings;
  settings.stall = settings.stall_without_room = std::chrono::hours{1000};
  // Since jobs start one after the other fewer stand still for one another: 1 world in some thousands.
  EXPECT_GT(over_worlds(settings, {}, 10'000).hung, 0);
}

TEST(ProofMutant, WithoutEvictingTheKernelHasToKillMore) {
  Settings settings;
  settings.wall = 1e9;
  settings.at_once_most = -1e9;
  EXPECT_GT(over_worlds(settings).killed, 1.3 * over_worlds({}).killed);
}

TEST(ProofMutant, WithoutFreezingTheKernelHasToKillMore) {
  Settings settings;
  settings.horizon = {};
  EXPECT_GT(over_worlds(settings).killed, 1.1 * over_worlds({}).killed);
}

TEST(ProofMutant, WithoutChainsFamiliesOfManyAreKilledMoreAndLost) {
  const auto families_of_many = [](int children_of_chain) {
    Settings settings;
    settings.children_of_chain = children_of_chain;
    return over_worlds(settings, {.most_tasks = 3, .not_restartable = 1, .start_many = 1});
  };
  const Sum with = families_of_many(1);
  const Sum without = families_of_many(kNever);
  EXPECT_GT(without.lost, 3 * with.lost);
  EXPECT_EQ(with.hung + without.hung, 0);
}

TEST(ProofMutant, WithoutSeeingWhoWaitsBuildsStandStill) {
  Settings settings;
  settings.idle = std::chrono::hours{1000};
  EXPECT_GT(over_worlds(settings, {.clients = 2}).longest_standstill, std::chrono::seconds{10});
}

TEST(ProofMutant, WithoutReclaimingMoreIsEvicted) {
  Settings settings;
  settings.swap_margin = 1;
  EXPECT_GT(over_worlds(settings, {.swap = true}).evicted, 1.1 * over_worlds({}, {.swap = true}).evicted);
}

TEST(ProofMutant, WithoutLearningFromItsEndAJobIsKilledAgain) {
  Settings settings;
  settings.evicted_needs = 0.6;
  ASSERT_NEAR(settings.killed_needs(), 0, 1e-9);
  EXPECT_GT(over_worlds(settings).killed, 1.1 * over_worlds({}).killed);
}

TEST(ProofMutant, WithoutRestFamiliesFlap) {
  Settings settings;
  settings.frozen_most = {};
  EXPECT_GT(over_worlds(settings, {}, 5'000).most_freezes, kMostFreezes);
}

TEST(ProofMutant, WithoutAnEndOfBackfillTheOldestWaitsLonger) {
  Settings settings;
  settings.backfill = std::chrono::hours{1000};
  EXPECT_GT(over_worlds(settings).oldest_held, 1.3 * over_worlds({}).oldest_held);
}

TEST(ProofMutant, WithoutCareMoreOfWhatCannotBeRestartedIsLost) {
  Settings settings;
  settings.spreads_careful = settings.spreads_at_worst = 0;
  EXPECT_GT(over_worlds(settings, {.not_restartable = 1}).lost, 1.3 * over_worlds({}, {.not_restartable = 1}).lost);
}

}  // namespace
}  // namespace memguard::policy::testing
