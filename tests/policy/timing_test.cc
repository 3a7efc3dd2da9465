#include "policy/timing.h"

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

/// A tenth of the peak until half of its life, from there evenly to all of it at the end.
Course late(Duration life) {
  Course course;
  for (std::size_t part = 0; part < course.shape.size(); ++part)
    course.shape.at(part) = static_cast<std::uint8_t>(part < 8 ? 26 : 26 + (229 * (part - 7)) / 8);
  course.cpu = course.wall = life;
  return course;
}

const Course kTenSeconds = late(10s);

Job job(Bytes memory, Duration cpu, const Course& course = kTenSeconds) {
  Job job;
  job.state = JobState::running;
  job.memory = memory;
  job.peak = 255_MiB;
  job.cpu_so_far = cpu;
  job.course = &course;
  return job;
}

TEST(MostBetween, IsWhatItHadInThosePartsOfItsLife) {
  const Job half_way = job(26_MiB, 5s);
  EXPECT_EQ(most_between(half_way, 0s, 100ms, 0), 54_MiB);
  EXPECT_EQ(most_between(half_way, 1s, 2s, 0), 140_MiB);
  EXPECT_EQ(most_between(half_way, 4s, 20s, 0), 255_MiB);
}

TEST(MostBetween, IsNothingAfterItsEnd) {
  EXPECT_EQ(most_between(job(26_MiB, 5s), 5s, 20s, 0), 0_B);
  // One that is late by a tenth is still there.
  EXPECT_EQ(most_between(job(26_MiB, 5s), 5s, 20s, 0.1), 255_MiB);
}

TEST(MostBetween, IsNowAtLeastWhatItHas) {
  EXPECT_EQ(most_between(job(200_MiB, 0s), 0s, 1s, 0), 200_MiB);
  EXPECT_EQ(most_between(job(200_MiB, 0s), 1s, 2s, 0), 26_MiB);
}

TEST(MostBetween, OneThatLivesLongerThanItDidIsAboutToEnd) {
  EXPECT_EQ(most_between(job(250_MiB, 90s), 0s, 1s, 0), 255_MiB);
  EXPECT_EQ(most_between(job(250_MiB, 90s), 1s, 2s, 0), 0_B);
}

/// An older job so far on its way, and one that waits, each of 250 MiB at the end of ten seconds, in 450 MiB.
struct Pair {
  Scenario scene{450_MiB, certain(250_MiB)};
  Given older{.id = 1, .family = 1, .state = kRunning, .memory = 30_MiB, .predicted = 250_MiB};
  Given younger{.id = 2, .family = 2, .predicted = 250_MiB};

  explicit Pair(Duration so_far) {
    older.cpu = so_far;
    for (Given* job : {&older, &younger}) {
      job->predicted_by = PredictedBy::history;
      job->restartable = true;
      job->course = kTenSeconds;
    }
  }
  std::string told() { return testing::told(scene.step({older, younger})); }
};

TEST(PeaksApart, OneStartsWhenTheOthersPeakWillBeOverBeforeItsOwn) {
  EXPECT_EQ(Pair(0s).told(), "hold 2");
  EXPECT_EQ(Pair(2s).told(), "hold 2");
  Pair far_enough(6s);
  const Decision decision = far_enough.scene.step({far_enough.older, far_enough.younger});
  EXPECT_EQ(told(decision), "admit 2");
  EXPECT_EQ(why<Admit>(decision).cause, Cause::peaks_apart);
}

TEST(PeaksApart, NotBesideOneOfWhichNobodyKnowsHowItGoes) {
  Pair pair(6s);
  pair.older.course.reset();
  EXPECT_EQ(pair.told(), "hold 2");
}

TEST(PeaksApart, NotBesideOneWithMemoryInSwap) {
  Pair pair(6s);
  pair.older.swapped = 1_MiB;
  EXPECT_EQ(pair.told(), "hold 2");
}

TEST(PeaksApart, NotForOneThatWasStartedInVain) {
  Pair pair(6s);
  pair.younger.evictions = 1;
  EXPECT_EQ(pair.told(), "hold 2");
}

TEST(PeaksApart, NotForOneThatNobodyWouldStartAgainWhereTheOlderCouldNotEnd) {
  Pair pair(6s);
  pair.younger.restartable = pair.older.restartable = false;
  EXPECT_EQ(pair.told(), "hold 2");
}

TEST(PeaksApart, NotBesideTooManyToAddUp) {
  Settings settings = certain(250_MiB);
  settings.courses_most = 0;
  Pair pair(6s);
  pair.scene.governor = Governor(settings);
  EXPECT_EQ(pair.told(), "hold 2");
}

TEST(PeaksApart, SoManyAreTriedInOneStep) {
  Settings settings = certain(250_MiB);
  settings.courses_most = 8;
  Pair pair(6s);
  pair.scene.governor = Governor(settings);
  Given first = pair.younger;
  first.predicted = 450_MiB;
  pair.scene.overhead = 1_MiB;
  pair.younger.id = pair.younger.family = 3;
  EXPECT_EQ(told(pair.scene.step({pair.older, first, pair.younger})), "hold 2, hold 3");
  EXPECT_EQ(told(pair.scene.step({pair.older, pair.younger})), "admit 3");
}

/// Three that have just begun and one that waits, each of 250 MiB at the end of ten seconds, in 900 MiB; nothing is
/// reserved for what runs, so that without courses the fourth would start.
std::string fourth(std::optional<Course> course, int few) {
  Settings settings = certain(250_MiB);
  settings.alpha_start = settings.alpha_least = settings.reserve_for_few = 0;
  settings.few_in_full = few;
  Scenario scene(900_MiB, settings);
  std::vector<Given> jobs;
  for (std::uint32_t id = 1; id <= 4; ++id) {
    jobs.push_back({.id = id, .family = id, .state = id < 4 ? kRunning : JobState::waiting, .restartable = true});
    jobs.back().predicted = 250_MiB;
    jobs.back().predicted_by = PredictedBy::history;
    jobs.back().course = course;
  }
  return told(scene.step(jobs));
}

TEST(PeaksTogether, BesideFewNothingStartsThatMayHaveItsPeakWithThem) {
  EXPECT_EQ(fourth(std::nullopt, 3), "admit 4");
  EXPECT_EQ(fourth(kTenSeconds, 3), "hold 4");
}

TEST(PeaksTogether, BesideManyIsDecidedByWhatIsReserved) { EXPECT_EQ(fourth(kTenSeconds, 2), "admit 4"); }

TEST(PeaksTogether, WhereAllFitAtOnceNobodyLooks) {
  Pair pair(0s);
  pair.scene.seen.limit = 600_MiB;
  const Decision decision = pair.scene.step({pair.older, pair.younger});
  EXPECT_EQ(why<Admit>(decision).cause, Cause::fits);
}

TEST(PeaksApart, ACourseWithoutSenseIsNone) {
  Pair pair(6s);
  pair.older.course->cpu = 0s;
  EXPECT_EQ(pair.told(), "hold 2");
  pair.older.course = Course{.shape = {}, .cpu = 1ns, .wall = -5s};
  EXPECT_NE(pair.told(), "");
}

}  // namespace
}  // namespace memguard::policy::testing
