// Whole builds, many seeds: what is lost, and how long they take next to the best fixed -j that hindsight could find.
#include <cmath>

#include <gtest/gtest.h>

#include "simulate/amounts.h"
#include "simulate/comparison.h"
#include "simulate/curve.h"
#include "simulate/shapes.h"
#include "simulate/workloads.h"
#include "simulate/world.h"

namespace memguard::policy::testing {
namespace {

using namespace simulate;

/// What many builds of one kind came to.
struct Series {
  int builds = 0;
  int killed = 0;
  int hung = 0;
  int none_survives = 0;
  /// Geometric mean and largest of makespan / that of the best surviving -j.
  double mean_ratio = 0;
  double worst_ratio = 0;
};

template <class Make>
Series run_series(int builds, Make make) {
  Series series;
  double logs = 0;
  int compared = 0;
  for (int seed = 0; seed < builds; ++seed) {
    const Build build = make(static_cast<std::uint64_t>(seed));
    Governor governor;
    const Outcome outcome = run(build.tasks, build.machine, governor);
    const auto fixed = best_fixed(build.tasks, build.machine);
    ++series.builds;
    series.killed += outcome.killed;
    series.hung += outcome.hung ? 1 : 0;
    if (!fixed) ++series.none_survives;
    if (!fixed || outcome.killed > 0) continue;
    const double ratio = seconds(outcome.makespan) / seconds(fixed->second);
    logs += std::log(ratio);
    series.worst_ratio = std::max(series.worst_ratio, ratio);
    ++compared;
  }
  series.mean_ratio = compared > 0 ? std::exp(logs / compared) : 0;
  return series;
}

void record(const Series& series) {
  ::testing::Test::RecordProperty("mean_ratio_to_best_fixed_j", std::to_string(series.mean_ratio));
  ::testing::Test::RecordProperty("worst_ratio_to_best_fixed_j", std::to_string(series.worst_ratio));
  std::printf("  %d builds, %d killed, %.3f times the best surviving -j on average, %.2f at worst\n", series.builds,
              series.killed, series.mean_ratio, series.worst_ratio);
}

TEST(Builds, LibrariesThenLinksLoseNothing) {
  const Series series = run_series(500, [](std::uint64_t seed) { return libraries_then_links(seed, false); });
  record(series);
  EXPECT_EQ(series.killed, 0);
  EXPECT_EQ(series.hung, 0);
  EXPECT_LE(series.mean_ratio, 1.0);
}

TEST(Builds, LibrariesThenLinksLoseNothingWhenTheLinkersAreForetold) {
  const Series series = run_series(500, [](std::uint64_t seed) { return libraries_then_links(seed, true); });
  record(series);
  EXPECT_EQ(series.killed, 0);
  EXPECT_EQ(series.hung, 0);
  EXPECT_LE(series.mean_ratio, 1.0);
}

/// How many of 200 builds with a configure step lose a job, when the first guess holds until so many large ones ended.
int lose_a_job(double large_enough) {
  Settings settings;
  settings.unknown_peak_of_class[kCc] = mib(158);
  settings.large_enough = large_enough;
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Build build = configure_then_compile(seed);
    Governor governor(settings);
    const Outcome outcome = run(build.tasks, build.machine, governor);
    lost += outcome.lost > 0 ? 1 : 0;
    EXPECT_FALSE(outcome.hung) << seed;
  }
  return lost;
}

TEST(Builds, CompilesAfterAConfigureStepAreSeldomLost) {
  const int without = lose_a_job(0);
  const int lost = lose_a_job(Settings{}.large_enough);
  std::printf("  of 200 builds %d lost a job, %d without the first guess\n", lost, without);
  EXPECT_LE(lost, 24);
  EXPECT_GT(without, 2 * lost);
}

TEST(Builds, FullParallelismLosesMostOfThem) {
  int killed = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Build build = libraries_then_links(seed, false);
    killed += run_fixed(build.tasks, build.machine, build.machine.tokens).killed;
  }
  EXPECT_GT(killed, 95);
}

TEST(Builds, LinksThatGrowTogetherLoseNothing) {
  for (const std::int64_t gib : {1, 2, 4}) {
    const Series series = run_series(5, [&](std::uint64_t seed) { return links(seed, Bytes{gib << 30U}); });
    record(series);
    EXPECT_EQ(series.killed, 0) << gib;
    EXPECT_LT(series.mean_ratio, 0.8) << gib;
  }
}

TEST(Builds, JobsOfOneSizeLoseNothing) {
  const Series series = run_series(10, [](std::uint64_t seed) { return uniform(seed); });
  record(series);
  EXPECT_EQ(series.killed, 0);
  EXPECT_LT(series.mean_ratio, 1.05);
}

TEST(Builds, JobsThatTripleLateLoseNothing) {
  const Series series = run_series(10, [](std::uint64_t seed) { return late(seed); });
  record(series);
  EXPECT_EQ(series.killed, 0);
  EXPECT_LT(series.mean_ratio, 1.4);
}

TEST(Builds, ManyJobsOfDifferentSizeLoseNothing) {
  const Series series = run_series(4, [](std::uint64_t seed) { return mixed(seed, 32, 0.5); });
  record(series);
  EXPECT_EQ(series.killed, 0);
  EXPECT_LT(series.mean_ratio, 1.1);
}

/// One rustdoc that starts twelve rustc at once, of which two and a half fit beside it.
Build doctests(std::uint64_t seed) {
  Dice dice(seed);
  Build build;
  build.tasks.push_back(task(kRustc, 1, ramp(mib(40), 0.3)));
  for (int i = 0; i < 12; ++i) {
    Task child = task(kRustc, dice.between(0.5, 1.5), ramp(mib(dice.between(50, 70)), dice.between(0.3, 0.9)));
    child.parent = 0;
    child.parent_progress = 0.5;
    build.tasks.push_back(std::move(child));
  }
  build.largest = largest_family(build.tasks);
  build.machine = {.limit = mib(40 + 2.5 * 60), .cores = 8, .tokens = 8, .overhead = mib(5), .seed = seed};
  return build;
}

TEST(Builds, ManyJobsBelowOneLoseNothing) {
  const Series series = run_series(200, doctests);
  record(series);
  EXPECT_EQ(series.killed, 0);
  EXPECT_EQ(series.hung, 0);
}

}  // namespace
}  // namespace memguard::policy::testing
