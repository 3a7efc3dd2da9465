// Rule 6: who is evicted, when, and what becomes of who comes back.
#include "scenario.h"

namespace memguard::policy::testing {
namespace {

/// 501 MiB in 500.
std::vector<Given> three_at_the_wall() {
  return {shimmed(1, kRunning, 100_MiB, 9s), shimmed(2, kRunning, 201_MiB, 9s), shimmed(3, kRunning, 200_MiB, 9s)};
}

TEST(Evict, FamilyWithMostMemoryPerProcessorSecondGoesWhenTheOldestIsAboutToHitTheWall) {
  Scenario scene(500_MiB, certain(200_MiB));
  auto jobs = three_at_the_wall();
  jobs[1].cpu = 1s;
  const Decision decision = scene.step(jobs);
  EXPECT_EQ(told(decision), "evict 2");
  EXPECT_EQ(why<Evict>(decision).cause, Cause::wall_ahead);
  EXPECT_EQ(why<Evict>(decision).need, 201_MiB);
}

TEST(Evict, GrowthOfTheOldestInTheLookAheadCounts) {
  Scenario scene(500_MiB, certain(400_MiB));
  // 100 MiB a second are 15 within the look-ahead: 468 and 15 are not past 484, 470 are.
  const auto others = [](Bytes memory) {
    return std::vector<Given>{shimmed(1, kRunning, memory, 9s), shimmed(2, kFrozen, 200_MiB, 9s)};
  };
  EXPECT_EQ(told(scene.step(others(258_MiB))), "");
  EXPECT_EQ(told(scene.step(others(268_MiB))), "");
  EXPECT_EQ(told(scene.step(others(272_MiB), 40ms)), "evict 2");
}

// 400 MiB a second are 60 within the look-ahead, but a job that has always stopped at 150 MiB takes 10 of them.
TEST(Evict, AnOldestWhoseNeedIsKnownIsNotExpectedToPassIt) {
  const auto decided = [](bool known, bool restartable) {
    Settings settings = certain(400_MiB);
    settings.believer_residual_history = 0;
    Scenario scene(500_MiB, settings);
    auto oldest = shimmed(1, kRunning, 100_MiB, 9s);
    oldest.restartable = restartable;
    if (known) oldest.predicted = 150_MiB;
    oldest.predicted_by = PredictedBy::history;
    const auto other = shimmed(2, kFrozen, 300_MiB, 9s);
    (void)scene.step({oldest, other});
    oldest.memory = 140_MiB;
    return told(scene.step({oldest, other}));
  };
  EXPECT_EQ(decided(false, true), "evict 2");
  EXPECT_EQ(decided(true, true), "");
  EXPECT_EQ(decided(true, false), "evict 2") << "nobody would start it again";
}

TEST(Evict, WhatOthersTakeFromTheMachineInTheLookAheadCounts) {
  Scenario scene(500_MiB, certain(300_MiB));
  const std::vector<Given> jobs{shimmed(1, kRunning, 250_MiB, 9s), shimmed(2, kFrozen, 200_MiB, 9s)};
  EXPECT_EQ(told(scene.step(jobs)), "");
  scene.seen.limit = 486_MiB;  // less 21 within the look-ahead, and 16 that the oldest may take at once
  EXPECT_EQ(told(scene.step(jobs)), "evict 2");
}

// A rustc in 240 MiB as recorded in a virtual machine: four seconds at a slow pace with the other one frozen, then
// 23 MiB between two samples.
TEST(Evict, FrozenOneGoesWhileWhatTheOldestMayTakeAtOnceStillFits) {
  Scenario scene(240_MiB, certain(150_MiB));
  const auto pair = [](Bytes oldest, JobState other) {
    return std::vector<Given>{shimmed(1, kRunning, oldest, 9s), shimmed(2, other, 99_MiB, 6s)};
  };
  EXPECT_EQ(told(scene.step(pair(120_MiB, kFrozen))), "");
  EXPECT_EQ(told(scene.step(pair(123_MiB, kFrozen), 250ms)), "");
  EXPECT_EQ(told(scene.step(pair(127_MiB, kFrozen), 250ms)), "evict 2");
}

TEST(Evict, OneThatRunsIsFrozenBeforeItIsEvicted) {
  Scenario scene(240_MiB, certain(150_MiB));
  const auto pair = [](Bytes oldest) {
    return std::vector<Given>{shimmed(1, kRunning, oldest, 9s), shimmed(2, kRunning, 99_MiB, 6s)};
  };
  EXPECT_EQ(told(scene.step(pair(123_MiB))), "");
  EXPECT_EQ(told(scene.step(pair(127_MiB), 250ms)), "");
}

TEST(Evict, NothingGoesForAnOldestThatHasAllItNeeds) {
  Scenario scene(502_MiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step(three_at_the_wall())), "");
}

TEST(Evict, WhoComesBackStartsWhereAllItNeedsFits) {
  auto other = shimmed(2);
  Settings share = certain(130_MiB);
  share.alpha_start = 0.6;
  EXPECT_EQ(told(Scenario(240_MiB, share).step({shimmed(1, kRunning, 100_MiB, 9s), other})), "admit 2");
  other.evictions = 1;
  other.evicted_at = 109_MiB;
  EXPECT_EQ(told(Scenario(240_MiB, share).step({shimmed(1, kRunning, 100_MiB, 9s), other})), "hold 2");
}

TEST(Evict, NothingGoesBelowTheWall) {
  Scenario scene(510_MiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step(three_at_the_wall())), "");
}

TEST(Evict, FrozenFamilyGoesLikeARunningOneBecauseItsMemoryCounts) {
  Scenario scene(500_MiB, certain(200_MiB));
  auto jobs = three_at_the_wall();
  jobs[1].state = kFrozen;
  EXPECT_EQ(told(scene.step(jobs)), "evict 2");
}

TEST(Evict, OldestActiveFamilyIsNeverTheVictim) {
  Scenario scene(500_MiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step({shimmed(1, kRunning, 480_MiB, 0s), shimmed(2, kRunning, 21_MiB, 9s)})), "evict 2");
  EXPECT_EQ(told(scene.step({shimmed(1, kRunning, 499_MiB, 0s)})), "");
}

TEST(Evict, FamilyThatNobodyWouldStartAgainIsNeverTheVictim) {
  Scenario scene(500_MiB, certain(200_MiB));
  auto jobs = three_at_the_wall();
  jobs[1].restartable = false;
  EXPECT_EQ(told(scene.step(jobs)), "evict 3");
  jobs[2].restartable = false;
  EXPECT_EQ(told(Scenario(500_MiB, certain(200_MiB)).step(jobs)), "");
}

TEST(Evict, OneJobThatNobodyWouldStartAgainProtectsItsFamily) {
  Scenario scene(500_MiB, certain(200_MiB));
  auto jobs = three_at_the_wall();
  jobs.push_back({.id = 4, .family = 2, .state = kRunning});
  EXPECT_EQ(told(scene.step(jobs)), "evict 3");
}

TEST(Evict, FamilyThatWasRestartedThreeTimesGoesLast) {
  Scenario scene(500_MiB, certain(200_MiB));
  auto jobs = three_at_the_wall();
  jobs[1].evictions = 2;
  jobs[1].oom_kills = 1;
  jobs[1].cpu = 0s;
  EXPECT_EQ(told(scene.step(jobs)), "evict 3");
}

TEST(Evict, OfThoseRestartedThreeTimesTheNewestGoes) {
  Scenario scene(500_MiB, certain(200_MiB));
  auto jobs = three_at_the_wall();
  jobs[1].evictions = jobs[2].evictions = 3;
  jobs[1].cpu = 0s;
  EXPECT_EQ(told(scene.step(jobs)), "evict 3");
}

TEST(Evict, AsManyGoAsTheWallAsksFor) {
  Scenario scene(200_MiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step(three_at_the_wall())), "evict 2, evict 3");
}

TEST(Evict, CountsAsDoneWhileItIsUnderWayAndComesAgainWhenItFailed) {
  Scenario scene(500_MiB, certain(200_MiB));
  const auto jobs = three_at_the_wall();
  EXPECT_EQ(told(scene.step(jobs)), "evict 2");
  EXPECT_EQ(told(scene.step(jobs)), "");
  EXPECT_EQ(told(scene.step(jobs, 400ms)), "evict 2");
}

TEST(Evict, NothingStartsAndNothingIsThawedBeforeTheMemoryIsBack) {
  Scenario scene(500_MiB, certain(100_MiB));
  auto jobs = three_at_the_wall();
  jobs[2].memory = 202_MiB;
  jobs[1].state = kFrozen;
  jobs.push_back(shimmed(4));
  EXPECT_EQ(told(scene.step(jobs)), "evict 3, hold 4");
  EXPECT_EQ(told(scene.step(jobs, 400ms)), "");
  scene.seen.ended.push_back({JobId{3}, 200_MiB, false});
  std::erase_if(jobs, [](const Given& job) { return job.id == 3; });
  EXPECT_EQ(told(scene.step(jobs, 10ms)), "thaw 2");
}

/// What is reserved for a job that has 100 of 300 MiB after job 3 has left in some way.
Bytes reserved_after(const std::vector<Given>& jobs, bool completed) {
  Settings settings = certain(100_MiB);
  settings.alpha_start = settings.alpha_least = 0.5;
  Scenario scene(500_MiB, settings);
  scene.step(jobs);
  scene.seen.ended = {{JobId{3}, 90_MiB, completed}};
  Given oldest = shimmed(1, kRunning, 100_MiB, 10s);
  oldest.predicted = 300_MiB;
  Given held = shimmed(4);
  held.evictions = 3;
  return why<Hold>(scene.step({oldest, held})).reserved;
}

TEST(Evict, EvictionsAndKillsRaiseTheShareThatIsReserved) {
  auto below_the_wall = three_at_the_wall();
  below_the_wall[2].memory = 90_MiB;
  EXPECT_EQ(reserved_after(below_the_wall, true), 200_MiB);
  EXPECT_EQ(reserved_after(below_the_wall, false), 220_MiB);
  // Its end is the eviction's and no kill besides.
  auto at_the_wall = three_at_the_wall();
  at_the_wall[2].memory = 202_MiB;
  EXPECT_EQ(reserved_after(at_the_wall, false), 220_MiB);
}

TEST(Restart, NeedsMoreThanItHadWhenItWasEvicted) {
  Given job = shimmed(1);
  job.evicted_at = 500_MiB;
  EXPECT_EQ(why<Admit>(Scenario(2_GiB, certain(100_MiB)).step({job})).need, 550_MiB);
}

TEST(Restart, NeedsMuchMoreThanItHadWhenItWasKilledButNotMoreThanTheLimit) {
  Given job = shimmed(1);
  job.killed_at = 400_MiB;
  EXPECT_EQ(why<Admit>(Scenario(2_GiB, certain(100_MiB)).step({job})).need, 500_MiB);
  EXPECT_EQ(why<Admit>(Scenario(450_MiB, certain(100_MiB)).step({job})).need, 450_MiB);
}

TEST(Restart, KeepsItsAge) {
  Scenario scene(500_MiB, certain(200_MiB));
  Given back = shimmed(9);
  back.family = 1;
  back.evictions = 1;
  EXPECT_EQ(told(scene.step({back, shimmed(2, kRunning, 100_MiB, 1s), shimmed(3)})), "admit 9, hold 3");
}

TEST(Restart, AfterThreeRestartsItStartsOnlyAsTheOldestThatHasNotEnded) {
  Scenario scene(4_GiB, certain(100_MiB));
  Given back = shimmed(2);
  back.evictions = 3;
  EXPECT_EQ(told(scene.step({shimmed(1, kRunning, 10_MiB, 1s), back, shimmed(3)})), "admit 3, hold 2");
  EXPECT_EQ(told(scene.step({back, shimmed(3, kRunning, 10_MiB, 1s)})), "admit 2");
}

TEST(Restart, AfterTwoKillsItStartsOnlyAsTheOldestThatHasNotEnded) {
  Scenario scene(4_GiB, certain(100_MiB));
  Given back = shimmed(2);
  back.oom_kills = 2;
  EXPECT_EQ(told(scene.step({shimmed(1, kRunning, 10_MiB, 1s), back})), "hold 2");
}

TEST(Alone, OldestThatWasKilledTwiceRunsWithNothingBesideIt) {
  Scenario scene(4_GiB, certain(100_MiB));
  Given back = shimmed(1);
  back.oom_kills = 2;
  std::vector<Given> jobs{back, shimmed(2, kRunning, 10_MiB, 1s), shimmed(3, kFrozen, 10_MiB), shimmed(4)};
  const Decision decision = scene.step(jobs);
  EXPECT_EQ(told(decision), "evict 3, evict 2, hold 1, hold 4");
  EXPECT_EQ(why<Evict>(decision).cause, Cause::killed_twice);
  EXPECT_EQ(why<Hold>(decision).cause, Cause::killed_twice);
  scene.seen.ended = {{JobId{2}, 10_MiB, false}, {JobId{3}, 10_MiB, false}};
  EXPECT_EQ(told(scene.step({back, shimmed(4)})), "admit 1");
  back.state = kRunning;
  back.memory = 10_MiB;
  EXPECT_EQ(told(scene.step({back, shimmed(4)})), "");
}

TEST(Alone, WaitsForTheEndOfWhatNobodyWouldStartAgain) {
  Scenario scene(4_GiB, certain(100_MiB));
  Given back = shimmed(1);
  back.oom_kills = 2;
  EXPECT_EQ(told(scene.step({back, {2, 2, kRunning, 10_MiB, 1s}, {3, 3, kFrozen, 10_MiB}})), "hold 1");
  EXPECT_EQ(told(scene.step({back, {2, 2, kRunning, 10_MiB, 2s}, {3, 3, kFrozen, 10_MiB}}, 10s)), "");
  scene.ended(2, 10_MiB);
  EXPECT_EQ(told(scene.step({back, {3, 3, kFrozen, 10_MiB}})), "thaw 3");
  scene.ended(3, 10_MiB);
  EXPECT_EQ(told(scene.step({back})), "admit 1");
}

TEST(Stall, NewestOfSeveralFrozenFamiliesMakesRoomForTheOthers) {
  Scenario scene(500_MiB, certain(400_MiB));
  const std::vector<Given> jobs{shimmed(1, kRunning, 90_MiB, 1s), shimmed(2, kFrozen, 200_MiB),
                                shimmed(3, kFrozen, 180_MiB)};
  Decision decision;
  Duration t{};
  for (; told(decision).empty() && t < 60s; t += 100ms) decision = scene.step(jobs);
  EXPECT_EQ(told(decision), "evict 3");
  EXPECT_EQ(why<Evict>(decision).cause, Cause::stalled);
  EXPECT_LE(t, Settings{}.stall_without_growth() + 1s);
}

TEST(Stall, LinkerOfAFamilyWithMemoryGoesBeforeAnOlderOneThatHasNotBegun) {
  Scenario scene(500_MiB, certain(400_MiB));
  Given linker = shimmed(4);
  linker.family = 3;
  const std::vector<Given> jobs{shimmed(1, kRunning, 200_MiB, 1s), shimmed(2), shimmed(3, kRunning, 200_MiB, 1s),
                                linker};
  EXPECT_EQ(told(scene.step(jobs)), "hold 2, hold 4");
  Decision decision;
  for (Duration t{}; told(decision).empty() && t < 60s; t += 100ms) decision = scene.step(jobs);
  EXPECT_EQ(told(decision), "admit 4");
}

TEST(Stall, BesideOneThatRunsAloneNothingStartsThatHasNotBegun) {
  Scenario scene(4_GiB, certain(100_MiB));
  Given alone = shimmed(1, kRunning, 10_MiB, 1s);
  alone.oom_kills = 2;
  EXPECT_EQ(told(scene.step({alone, shimmed(2)})), "hold 2");
  for (Duration t{}; t < 60s; t += 100ms) EXPECT_EQ(told(scene.step({alone, shimmed(2)})), "");
}

TEST(Careful, JobThatWouldBeLostIsTakenForMoreAndLeavesAWiderMargin) {
  const Given bold = shimmed(1);
  Given careful = bold;
  careful.restartable = false;
  EXPECT_LT(why<Admit>(Scenario(10_GiB).step({bold})).need, why<Admit>(Scenario(10_GiB).step({careful})).need);
}

TEST(Careful, JobThatWouldBeLostStartsOnlyWhereTheOldestCanStillEnd) {
  Settings settings = certain(100_MiB);
  settings.alpha_start = settings.alpha_least = 0.5;
  // The oldest has 50 of 400 MiB. Half of what it may grow by is reserved and 275 MiB are free, but when it has all it
  // needs only 100 are left.
  const auto scene_with = [&](bool restartable) {
    Given oldest = shimmed(1, kRunning, 50_MiB, 1s);
    oldest.predicted = 400_MiB;
    Given second = shimmed(2);
    second.restartable = restartable;
    second.predicted = 250_MiB;
    return told(Scenario(500_MiB, settings).step({oldest, second}));
  };
  EXPECT_EQ(scene_with(true), "admit 2");
  EXPECT_EQ(scene_with(false), "hold 2");
}

}  // namespace
}  // namespace memguard::policy::testing
