// What no kernel should say and some day will: the governor answers with something safe.
#include "scenario.h"

namespace memguard::policy::testing {
namespace {

TEST(Hostile, JobListedTwiceIsOneJob) {
  Scenario scene(10_GiB);
  EXPECT_EQ(told(scene.step({{.id = 1, .family = 1}, {.id = 1, .family = 1}, {.id = 1, .family = 2}})), "admit 1");
}

TEST(Hostile, JobThatVanishedWithoutEndingIsForgotten) {
  Scenario scene(1_GiB);
  scene.step({{1, 1, kRunning, 900_MiB, 1s}});
  EXPECT_EQ(told(scene.step({{.id = 2, .family = 2}})), "admit 2");
}

TEST(Hostile, JobThatEndedAndIsStillListedHasEnded) {
  Scenario scene(1_GiB);
  scene.step({{1, 1, kRunning, 900_MiB, 1s}});
  scene.ended(1, 900_MiB);
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 900_MiB, 1s}, {.id = 2, .family = 2}})), "admit 2");
}

TEST(Hostile, EndOfAnUnknownJobTeachesNothing) {
  Scenario scene(1_GiB);
  scene.ended(77, 900_GiB);
  EXPECT_EQ(why<Admit>(scene.step({{.id = 1, .family = 1}})).need,
            why<Admit>(Scenario(1_GiB).step({{.id = 1, .family = 1}})).need);
}

TEST(Hostile, LimitBelowUseStopsWhatGrowsButNotTheOldest) {
  Scenario scene(4_GiB);
  scene.step({{1, 1, kRunning, 500_MiB, 1s}, {2, 2, kRunning, 500_MiB, 1s}});
  scene.seen.limit = 600_MiB;
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 520_MiB, 2s}, {2, 2, kRunning, 520_MiB, 2s}})), "freeze 2");
}

TEST(Hostile, LimitOfNothingRunsOneAtATime) {
  Scenario scene(0_B);
  EXPECT_EQ(told(scene.step({{.id = 1, .family = 1}, {.id = 2, .family = 2}})), "admit 1, hold 2");
}

TEST(Hostile, NoLimitHoldsNothing) {
  Scenario scene(Bytes::unlimited());
  const Decision decision = scene.step({{1, 1, kRunning, 1_GiB, 1s}, {2, 2, kRunning, 900_GiB, 1s}, {.id = 3}});
  EXPECT_EQ(told(decision, true), "admit 3");
}

TEST(Hostile, SizesWithoutSenseDoNotOverflow) {
  Scenario scene(1_GiB);
  const Bytes worst = Bytes::unlimited();
  scene.overhead = Bytes{-(5LL << 30U)};
  EXPECT_NO_FATAL_FAILURE(scene.step({{1, 1, kRunning, Bytes{-1}, -1s, 0, worst}, {.id = 2, .predicted = Bytes{-1}}}));
  scene.seen.at += 100ms;
  scene.seen.used = worst;
  for (auto& job : scene.seen.jobs) job.memory = job.peak = worst;
  scene.seen.ended = {{JobId{1}, worst, false}, {JobId{2}, Bytes{-1}, true}};
  const Decision decision = scene.governor.step(scene.seen);
  EXPECT_GT(decision.next_sample, 0ms);
}

TEST(Hostile, CoursesWithoutSenseDoNotOverflow) {
  for (const Duration cpu : {Duration::min(), Duration{1}, Duration::max()}) {
    for (const Duration wall : {Duration::min(), Duration{}, Duration::max()}) {
      Scenario scene(450_MiB, certain(250_MiB));
      Given older{.id = 1, .family = 1, .state = kRunning, .memory = 100_MiB, .cpu = Duration::max()};
      older.restartable = true;
      older.course = Course{.shape = {}, .cpu = cpu, .wall = wall};
      Given younger = older;
      younger.id = younger.family = 2;
      younger.state = JobState::waiting;
      EXPECT_NE(told(scene.step({older, younger})), "") << cpu.count() << " " << wall.count();
    }
  }
}

TEST(Hostile, ClockThatStandsStillOrRunsBackwardsStillRunsTheOldest) {
  Scenario scene(1_GiB);
  EXPECT_EQ(told(scene.step({{.id = 1, .family = 1}}, 0ms)), "admit 1");
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 100_MiB, 1s}}, -1h)), "");
  EXPECT_EQ(told(scene.step({{2, 2, JobState::frozen, 100_MiB, 1s}}, -1h)), "thaw 2");
}

TEST(Hostile, LeapOfTheClockIsNoStall) {
  Scenario scene(500_MiB);
  scene.step({{1, 1, kRunning, 300_MiB, 1s}, {2, 2, JobState::frozen, 190_MiB}});
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 300_MiB, 1s}, {2, 2, JobState::frozen, 190_MiB}}, 24h)), "");
}

TEST(Hostile, UsedMayBeLessThanTheSumOfTheJobs) {
  Scenario scene(2_GiB);
  scene.overhead = Bytes{-(300LL << 20U)};
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 200_MiB, 1s}, {2, 2, kRunning, 200_MiB, 1s}, {.id = 3, .family = 3}})),
            "admit 3");
}

TEST(Hostile, TenThousandJobsInOneStep) {
  for (const bool one_family : {false, true}) {
    Scenario scene(8_GiB);
    std::vector<Given> jobs;
    for (std::uint32_t i = 0; i < 10000; ++i) jobs.push_back({.id = i, .family = one_family ? 0 : i});
    const Decision decision = scene.step(jobs);
    EXPECT_GE(decision.actions.size(), jobs.size());
  }
}

}  // namespace
}  // namespace memguard::policy::testing
