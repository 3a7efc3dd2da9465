// The study's workloads are what the study says they are.
#include <cmath>

#include <gmock/gmock.h>

#include "scripted.h"
#include "simulate/amounts.h"
#include "simulate/comparison.h"
#include "simulate/curve.h"
#include "simulate/shapes.h"

namespace memguard::simulate::testing {
namespace {

std::vector<Task> tasks_of(std::string_view name, std::uint64_t seed, Knowledge knowledge) {
  return study(name, seed, knowledge).value().tasks;
}

TEST(Study, EachWorkloadHasItsName) {
  EXPECT_EQ(study_names().size(), 25U);
  for (const auto& one : study_names()) {
    const auto build = study(one.name, 1, Knowledge::nothing);
    ASSERT_TRUE(build) << one.name;
    EXPECT_GT(build->tasks.size(), 100U) << one.name;
    EXPECT_LT(build->largest, build->machine.limit) << one.name;
    EXPECT_TRUE(build->machine.restarts) << one.name;
    EXPECT_TRUE(build->largest > Bytes{}) << one.name;
  }
  EXPECT_FALSE(study("link512", 1, Knowledge::nothing));
}

TEST(Study, ASeedIsAWorld) {
  const auto peaks = [](std::uint64_t seed) {
    std::vector<std::int64_t> all;
    for (const Task& job : tasks_of("mixed8", seed, Knowledge::nothing)) all.push_back(peak_of(job).count);
    return all;
  };
  EXPECT_EQ(peaks(3), peaks(3));
  EXPECT_NE(peaks(3), peaks(4));
}

/// The mean and the spread of ln(predicted / peak).
std::pair<double, double> errors(const std::string& name, Knowledge knowledge, ClassId job_class) {
  double sum = 0;
  double squares = 0;
  int count = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const Task& job : tasks_of(name, seed, knowledge)) {
      if (job.job_class != job_class || !job.predicted) continue;
      const double error = std::log(job.predicted->real() / peak_of(job).real());
      sum += error;
      squares += error * error;
      ++count;
    }
  }
  const double mean = sum / std::max(count, 1);
  return {mean, std::sqrt(squares / std::max(count, 1) - mean * mean)};
}

TEST(Study, PredictionsErrAsItSays) {
  EXPECT_NEAR(errors("links2048", Knowledge::predictions, kLink).second, 0.5, 0.08);
  EXPECT_NEAR(errors("links2048", Knowledge::predictions, kRustc).second, 0.8, 0.08);
  EXPECT_LT(errors("links2048", Knowledge::recorded, kRustc).second, 0.05);
  EXPECT_NEAR(errors("adv", Knowledge::predictions, kRustc).second, std::log(10), 0.01);
  EXPECT_NEAR(errors("biasU", Knowledge::predictions, kRustc).first, -std::log(3), 0.01);
  EXPECT_NEAR(errors("biasO", Knowledge::predictions, kRustc).first, std::log(3), 0.01);
  for (const Task& job : tasks_of("adv", 1, Knowledge::nothing)) EXPECT_FALSE(job.predicted);
}

TEST(Study, WhatWasRecordedGoesAsItDoesAtNearlyTheSamePace) {
  for (const Task& job : tasks_of("late", 1, Knowledge::nothing)) EXPECT_FALSE(job.course);
  for (const Task& job : tasks_of("late", 1, Knowledge::recorded)) {
    ASSERT_TRUE(job.course);
    EXPECT_NEAR(seconds(job.course->wall) / seconds(job.alone), 1, 0.1);
    // It triples at three quarters of its life.
    EXPECT_NEAR(job.course->shape.at(10), 85, 2);
    EXPECT_EQ(job.course->shape.at(13), 255);
  }
}

TEST(Course, IsTheMostInEachSixteenthOfItsProcessorTime) {
  Task job = task(kRustc, 8, {{0, mib(10)}, {0.5, mib(10)}, {0.5, mib(100)}, {1, mib(20)}});
  job.processors = 2;
  const auto course = course_of(job);
  ASSERT_TRUE(course);
  EXPECT_EQ(course->shape.at(0), 26);
  EXPECT_EQ(course->shape.at(8), 255);
  EXPECT_NEAR(course->shape.at(15), 255 * 0.3, 1);
  EXPECT_EQ(course->cpu, 2 * course->wall);
  job.sleeps = true;
  EXPECT_EQ(course_of(job), std::nullopt);
}

TEST(Study, TheThiefHalvesTheLimitInFiveSeconds) {
  const Machine with = study("thief-uniform", 1, Knowledge::nothing)->machine;
  ASSERT_FALSE(with.later_limits.empty());
  EXPECT_NEAR(with.later_limits.back().limit.real() / with.limit.real(), 0.5, 0.001);
  EXPECT_NEAR(seconds(with.later_limits.back().at - with.later_limits.front().at), 5, 0.2);
  EXPECT_NEAR(with.limit.real() / mib(1024).real(), 1.33, 0.01);
}

TEST(Comparison, FindsTheBestThatSurvives) {
  // Two at a time fit.
  Build build{std::vector<Task>(4, flat(1, 40)), machine(100, 4), mib(40)};
  const Comparison all = compare(build);
  ASSERT_EQ(all.fixed.size(), 4U);
  EXPECT_TRUE(all.fixed[1].survived());
  EXPECT_FALSE(all.fixed[2].survived());
  ASSERT_NE(all.best(), nullptr);
  EXPECT_EQ(all.best()->jobs, 2);
  build.machine.limit = mib(10);
  EXPECT_EQ(compare(build).best(), nullptr);
}

}  // namespace
}  // namespace memguard::simulate::testing
