#include "supervisor/tally.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

class Tally : public testing::Test {
 protected:
  JobRecord& add(JobPhase phase) {
    JobRecord& job = *area_.add_job();
    job.phase = phase;
    return job;
  }
  report::RunReport count() {
    return tally(area_, {},
                 {.ended_at = std::chrono::sys_seconds(1777636800s),
                  .folder = "/project",
                  .command = {"cargo", "build"},
                  .tier = "full",
                  .exit_status = 3,
                  .supervisor_cpu = 1s,
                  .supervisor_peak = 5_MiB});
  }

  SharedArea& area_ = *SharedArea::create().value();
};

TEST_F(Tally, CountsEachHeldAndFrozenJobOnce) {
  JobRecord& held = add(JobPhase::ended);
  held.was_held = true;
  held.held = 2s;
  JobRecord& both = add(JobPhase::ended);
  both.was_held = both.was_frozen = true;
  both.held = 5s;
  both.frozen = 1s;
  add(JobPhase::ended);
  const auto run = count();
  EXPECT_EQ(run.held, 2);
  EXPECT_EQ(run.held_time, 7s);
  EXPECT_EQ(run.longest_held, 5s);
  EXPECT_EQ(run.frozen, 1);
  EXPECT_EQ(run.frozen_time, 1s);
  EXPECT_EQ(run.jobs.size(), 3U);
}

TEST_F(Tally, TheRunHadNoLessThanAnyOfItsJobs) {
  area_.peak_bytes = (2_MiB).count;
  add(JobPhase::ended).peak = 5_MiB;
  add(JobPhase::ended).peak = 3_MiB;
  EXPECT_EQ(count().peak, 5_MiB);
}

TEST_F(Tally, AFailedExecIsNoJob) {
  JobRecord& failed = add(JobPhase::ended);
  failed.was_held = failed.never_ran = true;
  failed.held = 1s;
  add(JobPhase::ended);
  const auto run = count();
  EXPECT_EQ(run.held, 0);
  EXPECT_EQ(run.held_time, 0s);
  ASSERT_EQ(run.jobs.size(), 1U);
  EXPECT_EQ(run.jobs[0].id, 1U);
}

TEST_F(Tally, AJobStillHeldCountsUpToNow) {
  area_.started_ns -= 3'600'000'000'000;
  JobRecord& job = add(JobPhase::held);
  job.was_held = true;
  job.stopped_at = Instant(600s);
  const auto run = count();
  EXPECT_GE(run.held_time, 3000s);
  EXPECT_EQ(run.jobs[0].outcome, report::Outcome::running);
  // The record itself stays as it is.
  EXPECT_EQ(area_.jobs()[0].held, 0s);
}

TEST_F(Tally, TakesTotalsAndFacts) {
  area_.peak_bytes = (100_MiB).count;
  area_.limit_bytes = (200_MiB).count;
  area_.oom_kills = 2;
  area_.lost = 1;
  const auto run = count();
  EXPECT_EQ(run.peak, 100_MiB);
  EXPECT_EQ(run.limit, 200_MiB);
  EXPECT_EQ(run.oom_kills, 2U);
  EXPECT_EQ(run.lost, 1);
  EXPECT_EQ(run.ended_at, "2026-05-01T12:00:00Z");
  EXPECT_EQ(run.folder, "/project");
  EXPECT_EQ(run.command, (std::vector<std::string>{"cargo", "build"}));
  EXPECT_EQ(run.tier, "full");
  EXPECT_EQ(run.exit_status, 3);
  EXPECT_EQ(run.supervisor_peak, 5_MiB);
}

TEST_F(Tally, NamesTheJob) {
  JobRecord& job = add(JobPhase::ended);
  job.job_class = 1;
  job.crate.set("app");
  job.output.set("target/app");
  const auto run = count();
  EXPECT_EQ(run.jobs[0].job_class, "link");
  EXPECT_EQ(run.jobs[0].crate, "app");
  EXPECT_EQ(run.jobs[0].output, "target/app");
}

TEST_F(Tally, CountsJobsWhoseRecordsWereUsedAgain) {
  area_.earlier = {
      .jobs = 5, .held = 2, .frozen = 1, .held_time = 9s, .longest_held = 7s, .frozen_time = 3s, .peak = 50_MiB};
  add(JobPhase::ended);
  const auto run = count();
  EXPECT_EQ(run.all_jobs(), 6U);
  EXPECT_EQ(run.held, 2);
  EXPECT_EQ(run.held_time, 9s);
  EXPECT_EQ(run.longest_held, 7s);
  EXPECT_EQ(run.frozen, 1);
  EXPECT_EQ(run.peak, 50_MiB);
}

}  // namespace
}  // namespace memguard::supervisor
