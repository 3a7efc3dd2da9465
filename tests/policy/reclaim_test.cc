// Rule 5: what goes to swap, for whom, and when it comes back.
#include <gmock/gmock.h>

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

constexpr JobState kRunning = JobState::running;
constexpr JobState kFrozen = JobState::frozen;

/// Settings under which a job without prediction needs exactly `peak`, all of it is reserved, and all swap is lent.
Settings all_reserved(Bytes peak) {
  Settings settings;
  settings.margin = settings.margin_if_lost = settings.swap_margin = 0;
  settings.unknown_peak = peak;
  settings.unknown_spread = 0;
  settings.believer_residual = 0;
  settings.alpha_start = settings.alpha_least = settings.alpha_most = 1;
  return settings;
}

Given shimmed(std::uint32_t id, JobState state, Bytes memory, Bytes swapped = {}) {
  Given job{id, id, state, memory};
  job.restartable = true;
  job.swapped = swapped;
  // Busy, whenever it is looked at.
  static Duration cpu{};
  job.cpu = cpu += 1s;
  return job;
}

class Reclaiming : public ::testing::Test {
 protected:
  explicit Reclaiming(Bytes limit = 500_MiB) : scene(limit, all_reserved(300_MiB)) { scene.seen.swap_room = 1_GiB; }
  /// The second step, in which what is frozen has rested.
  Decision after_rest(const std::vector<Given>& jobs) {
    (void)scene.step(jobs);
    return scene.step(jobs, 200ms);
  }
  /// 200 MiB used of 500 by the oldest, which needs 100 more, and 250 by what is frozen: 50 too many.
  static std::vector<Given> growing_and_frozen() {
    return {shimmed(1, kRunning, 200_MiB), shimmed(2, kFrozen, 250_MiB)};
  }
  Scenario scene;
};

TEST_F(Reclaiming, WhatTheRunningWillNeedIsTakenFromTheFrozen) {
  const Decision decision = after_rest(growing_and_frozen());
  EXPECT_EQ(told(decision), "reclaim 2");
  EXPECT_EQ(why<Reclaim>(decision).cause, Cause::older_waits);
  EXPECT_EQ(why<Reclaim>(decision).need, 50_MiB);
}

TEST_F(Reclaiming, NothingGoesBeforeTheFreezeCanBeDone) {
  EXPECT_EQ(told(scene.step(growing_and_frozen())), "");
  EXPECT_EQ(told(scene.step(growing_and_frozen(), 50ms)), "");
}

TEST_F(Reclaiming, NothingGoesWithoutSwap) {
  scene.seen.swap_room = {};
  EXPECT_EQ(told(after_rest(growing_and_frozen())), "");
}

TEST_F(Reclaiming, NothingGoesThatNobodyNeeds) {
  EXPECT_EQ(told(after_rest({shimmed(1, kRunning, 300_MiB), shimmed(2, kFrozen, 190_MiB)})), "");
}

TEST_F(Reclaiming, OnePieceAtATimeAndNoneTooLarge) {
  const std::vector<Given> jobs{shimmed(1, kRunning, 200_MiB), shimmed(2, kFrozen, 280_MiB)};
  EXPECT_EQ(why<Reclaim>(after_rest(jobs)).need, 64_MiB);
  scene.seen.reclaiming = true;
  EXPECT_EQ(told(scene.step(jobs)), "");
  scene.seen.reclaiming = false;
  EXPECT_EQ(why<Reclaim>(scene.step({jobs[0], shimmed(2, kFrozen, 216_MiB, 64_MiB)})).need, 16_MiB);
}

TEST_F(Reclaiming, NoMoreGoesThanSwapTakes) {
  scene.seen.swap_room = 20_MiB;
  EXPECT_EQ(why<Reclaim>(after_rest(growing_and_frozen())).need, 20_MiB);
}

TEST_F(Reclaiming, TheYoungestGivesFirst) {
  EXPECT_EQ(
      told(after_rest({shimmed(1, kRunning, 200_MiB), shimmed(2, kFrozen, 100_MiB), shimmed(3, kFrozen, 200_MiB)})),
      "reclaim 3");
}

TEST_F(Reclaiming, WhatIsChargedElsewhereCannotGo) {
  auto jobs = growing_and_frozen();
  jobs[1].unswappable = 250_MiB;
  EXPECT_EQ(told(after_rest(jobs)), "");
}

TEST_F(Reclaiming, AnOlderFrozenOneIsMadeRoomForByYoungerOnes) {
  // With what the oldest will need all is used. 2 would run again with 70 MiB more, which 3 has.
  std::vector<Given> jobs{shimmed(1, kRunning, 200_MiB), shimmed(2, kFrozen, 50_MiB, 50_MiB),
                          shimmed(3, kFrozen, 150_MiB)};
  jobs[1].predicted = 120_MiB;
  EXPECT_EQ(told(after_rest(jobs)), "reclaim 3");
}

TEST_F(Reclaiming, NothingGoesThatWouldNotBeEnough) {
  // The same, but 2 needs 250 MiB more.
  EXPECT_EQ(told(after_rest(
                {shimmed(1, kRunning, 200_MiB), shimmed(2, kFrozen, 50_MiB, 50_MiB), shimmed(3, kFrozen, 150_MiB)})),
            "");
}

TEST_F(Reclaiming, WhoGaveLittleIsAskedAgainLater) {
  const auto jobs = growing_and_frozen();
  EXPECT_EQ(told(after_rest(jobs)), "reclaim 2");
  EXPECT_EQ(told(scene.step(jobs)), "");
  EXPECT_EQ(told(scene.step(growing_and_frozen(), 500ms)), "");
  EXPECT_EQ(told(scene.step(growing_and_frozen(), 600ms)), "reclaim 2");
}

TEST_F(Reclaiming, ThawedIsOnlyWhoseMemoryFitsThatIsInSwap) {
  // It has all it needs, 280 of it in swap.
  const auto jobs = [](Bytes oldest) {
    return std::vector<Given>{shimmed(1, kRunning, oldest), shimmed(2, kFrozen, 20_MiB, 280_MiB)};
  };
  scene = Scenario(600_MiB, all_reserved(320_MiB));
  scene.seen.swap_room = 1_GiB;
  EXPECT_EQ(told(after_rest(jobs(320_MiB))), "");
  scene.ended(1, 320_MiB);
  EXPECT_EQ(told(scene.step({shimmed(2, kFrozen, 20_MiB, 280_MiB), shimmed(3, kRunning, 250_MiB)})), "thaw 2");
}

TEST_F(Reclaiming, WhatRunsIsReservedWhatItHasInSwap) {
  const std::vector<Given> jobs{shimmed(1, kRunning, 100_MiB, 200_MiB), Given{2, 2}};
  EXPECT_EQ(told(scene.step(jobs)), "hold 2");
  EXPECT_EQ(why<Hold>(Scenario(500_MiB, all_reserved(300_MiB)).step(jobs)).reserved, 300_MiB);
}

TEST_F(Reclaiming, WhatRunsIsFrozenWhenWhatItHasInSwapDoesNotFit) {
  EXPECT_EQ(told(scene.step({shimmed(1, kRunning, 300_MiB), shimmed(2, kRunning, 190_MiB, 60_MiB)})), "freeze 2");
}

// --- Beside the other rules

/// 100 MiB a second are 15 within the look-ahead of the wall.
std::vector<Given> at_the_wall(Bytes oldest) { return {shimmed(1, kRunning, oldest), shimmed(2, kFrozen, 200_MiB)}; }

TEST_F(Reclaiming, NobodyIsEvictedWhileSwapTakesEnough) {
  (void)scene.step(at_the_wall(268_MiB));
  (void)scene.step(at_the_wall(278_MiB));
  EXPECT_EQ(told(scene.step(at_the_wall(288_MiB))), "reclaim 2");
}

TEST_F(Reclaiming, WithoutRoomInSwapTheWallEvicts) {
  scene.seen.swap_room = {};
  (void)scene.step(at_the_wall(258_MiB));
  (void)scene.step(at_the_wall(268_MiB));
  EXPECT_EQ(told(scene.step(at_the_wall(278_MiB))), "evict 2");
}

TEST_F(Reclaiming, TooSlowAndTheLimitPassedItEvicts) {
  (void)scene.step(at_the_wall(288_MiB));
  (void)scene.step(at_the_wall(298_MiB));
  EXPECT_THAT(told(scene.step(at_the_wall(308_MiB))), ::testing::HasSubstr("evict 2"));
}

TEST(CarefulWithSwap, WhatNobodyWouldStartAgainIsLentWhatSwapCanTake) {
  // The first may need all of the limit; the second is lent memory because it can go to swap.
  const std::vector<Given> jobs{{1, 1, kRunning, 100_MiB, 1s}, {2, 2}};
  Settings half = all_reserved(400_MiB);
  half.alpha_start = half.alpha_least = half.alpha_most = 0.2;
  EXPECT_EQ(told(Scenario(400_MiB, half).step(jobs)), "hold 2");
  Scenario with(400_MiB, half);
  with.seen.swap_room = 1_GiB;
  EXPECT_EQ(told(with.step(jobs)), "admit 2");
}

}  // namespace
}  // namespace memguard::policy::testing
