// What a run had taken with more memory.
#include "cli/what_if.h"

#include <gtest/gtest.h>

namespace memguard::cli {
namespace {

using namespace std::chrono_literals;
using namespace units;

/// Two compiles of ten seconds, of which one waits for the other's memory, and then for nothing.
report::RunReport one_after_the_other() {
  report::RunReport run;
  run.limit = 100_MiB;
  run.processors = 2;
  run.wall = 22s;
  for (const auto held : {0s, 12s}) {
    report::JobReport& job = run.jobs.emplace_back();
    job.id = job.family = static_cast<std::uint32_t>(run.jobs.size());
    job.job_class = "cc";
    job.output = job.id == 1 ? "a.o" : "b.o";
    job.held = held;
    job.end = held + 10s;
    job.cpu = 10s;
    job.peak = 80_MiB;
    job.outcome = report::Outcome::done;
  }
  return run;
}

std::optional<report::Estimate> asked(const report::RunReport& run) {
  return with_more_memory(run, report::lanes_of(run), report::to_json(run));
}

void expect_about(Duration is, Duration wanted) { EXPECT_NEAR(seconds(is), seconds(wanted), 1); }

TEST(WithMoreMemory, BothRunSideBySide) {
  const auto estimate = asked(one_after_the_other());
  ASSERT_TRUE(estimate && estimate->memory);
  EXPECT_GE(*estimate->memory, 150_MiB);
  EXPECT_LE(*estimate->memory, 200_MiB);
  expect_about(estimate->wall, 10s);
}

TEST(WithMoreMemory, WhatOnlyJustFitsIsNotEnough) {
  auto run = one_after_the_other();
  for (auto& job : run.jobs) job.peak = 72_MiB;
  const auto estimate = asked(run);
  ASSERT_TRUE(estimate && estimate->memory);
  // Two of them fit into 150 MiB, and not into 7 % less.
  EXPECT_GT(*estimate->memory, 150_MiB);
}

TEST(WithMoreMemory, ALinkThatWaitedLetsItsRustcBeAsShortAsItWas) {
  report::RunReport run = one_after_the_other();
  run.wall = 25300ms;
  run.jobs[0].end = 15s;
  run.jobs[0].cpu = 15s;
  run.jobs[1].job_class = "rustc";
  run.jobs[1].crate = "app";
  run.jobs[1].held = 0s;
  run.jobs[1].end = 25300ms;
  run.jobs[1].cpu = 200ms;
  run.jobs[1].peak = 5_MiB;
  report::JobReport link = run.jobs[0];
  link.id = 9;
  link.job_class = "link";
  link.output = "target/app";
  link.family = run.jobs[1].family;
  link.above = run.jobs[1].id;
  link.start = 200ms;
  link.held = 15100ms;
  link.end = 25300ms;
  link.cpu = 10s;
  run.jobs.push_back(link);
  expect_about(asked(run).value().wall, 15s);
}

TEST(WithMoreMemory, WaitsForADiskStay) {
  auto run = one_after_the_other();
  for (auto& job : run.jobs) job.cpu = 5s;
  expect_about(asked(run).value().wall, 10s);
}

TEST(WithMoreMemory, JobsThatSleepMakeNobodySlower) {
  auto run = one_after_the_other();
  run.processors = 4;
  for (std::uint32_t id : {7U, 8U}) {
    auto& job = run.jobs.emplace_back(run.jobs.front());
    job.id = job.family = id;
    job.job_class = "test";
    job.cpu = 200ms;
    job.peak = 1_MiB;
  }
  expect_about(asked(run).value().wall, 10s);
}

TEST(WithMoreMemory, PartsOfAProcessorCount) {
  auto run = one_after_the_other();
  run.processors = 1.5;
  expect_about(asked(run).value().wall, 13300ms);
}

TEST(WithMoreMemory, TimeWithoutJobsStays) {
  auto run = one_after_the_other();
  run.wall += 20s;
  expect_about(asked(run).value().wall, 30s);
}

TEST(WithMoreMemory, NothingWhereMemoryCostsNothing) {
  auto run = one_after_the_other();
  run.limit = 1_GiB;
  run.jobs.back().held = 0s;
  run.jobs.back().end = 10s;
  run.wall = 10s;
  const auto estimate = asked(run);
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->memory, std::nullopt);
  EXPECT_EQ(estimate->wall, run.wall);
}

TEST(WithMoreMemory, NothingOfABuildThatCannotBeSimulated) {
  auto run = one_after_the_other();
  run.lost = 1;
  EXPECT_EQ(asked(run), std::nullopt);
  run = one_after_the_other();
  run.limit = Bytes::unlimited();
  EXPECT_EQ(asked(run), std::nullopt);
  run = one_after_the_other();
  run.jobs.clear();
  EXPECT_EQ(asked(run), std::nullopt);
  run = one_after_the_other();
  run.processors = 0;
  EXPECT_EQ(asked(run), std::nullopt);
}

}  // namespace
}  // namespace memguard::cli
