#include "supervisor/account/measured_jobs.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;
using namespace std::chrono_literals;

class MeasuredJobs : public testing::Test {
 protected:
  // A job of 10 s that was seen to the end.
  JobRecord& ended(report::Outcome outcome) {
    JobRecord& job = *area_.add_job();
    job.name.set("app");
    job.program.set("rustc");
    job.phase = JobPhase::ended;
    job.outcome = outcome;
    job.start = Instant{1s};
    job.measured_at = job.end = Instant{11s};
    job.peak = 300_MiB;
    return job;
  }
  std::vector<history::UnitMeasurement> measured() {
    return measured_jobs(area_, config_, "/project", std::chrono::sys_seconds(1'000'000s));
  }

  SharedArea& area_ = *SharedArea::create().value();
  config::Config config_;
};

TEST_F(MeasuredJobs, AreThoseThatEndedByThemselves) {
  JobRecord& job = ended(report::Outcome::done);
  job.held = 3s;
  job.frozen = 2s;
  for (const auto outcome : {report::Outcome::killed, report::Outcome::evicted, report::Outcome::oom_restarted})
    (void)ended(outcome);
  const auto all = measured();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().unit.name, "app");
  EXPECT_EQ(all.front().unit.job_class, "rustc");
  EXPECT_EQ(all.front().measured.peak, 300_MiB);
  EXPECT_EQ(all.front().measured.wall, 5s);
  EXPECT_EQ(all.front().measured.project, "/project");
  EXPECT_TRUE(all.front().measured.completed);
}

TEST_F(MeasuredJobs, AreNoneThatEndedWhenTheBuildWasToldToEnd) {
  area_.interrupted_at = Instant{11s + 400ms};
  (void)ended(report::Outcome::done);
  EXPECT_EQ(measured().size(), 1U) << "nobody has told the build to end";
  area_.interrupted = true;
  // The signal was there before the front knew of it.
  EXPECT_TRUE(measured().empty());
  EXPECT_EQ(area_.jobs()[0].outcome, report::Outcome::killed);
  area_.interrupted_at = Instant{12s};
  JobRecord& before = ended(report::Outcome::done);
  before.name.set("before");
  ASSERT_EQ(measured().size(), 1U);
  EXPECT_EQ(measured().front().unit.name, "before");
}

TEST_F(MeasuredJobs, OfAShellThatGoesOnAreThoseThatEndLater) {
  area_.interrupted = true;
  area_.interrupted_at = Instant{11s};
  (void)ended(report::Outcome::done);
  mark_interrupted(area_);
  area_.interrupted = false;
  JobRecord& later = ended(report::Outcome::done);
  later.name.set("later");
  ASSERT_EQ(measured().size(), 1U);
  EXPECT_EQ(measured().front().unit.name, "later");
}

TEST_F(MeasuredJobs, HaveTheirShapeWhereTheyWereReadOften) {
  JobRecord& job = ended(report::Outcome::done);
  EXPECT_EQ(measured().front().measured.shape, std::nullopt);
  for (int i = 1; i <= 16; ++i) job.shape.note(i * 100ms, 1.0 * i * 1_MiB);
  job.cpu = 1600ms;
  ASSERT_TRUE(measured().front().measured.shape);
  EXPECT_EQ(measured().front().measured.shape->back(), 255);
}

TEST_F(MeasuredJobs, OneThatMemoryEndedForGoodNeedsMore) {
  (void)ended(report::Outcome::oom);
  ASSERT_EQ(measured().size(), 1U);
  EXPECT_FALSE(measured().front().measured.completed);
}

TEST_F(MeasuredJobs, WhatWasOnlySeenAtItsStartSaysNothing) {
  ended(report::Outcome::done).measured_at = Instant{2s};
  EXPECT_TRUE(measured().empty());
}

TEST_F(MeasuredJobs, NorDoesWhatHasNoNameOrNeverRan) {
  ended(report::Outcome::done).name.set("");
  ended(report::Outcome::done).never_ran = true;
  EXPECT_TRUE(measured().empty());
}

}  // namespace
}  // namespace memguard::supervisor
