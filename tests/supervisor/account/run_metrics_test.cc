#include "supervisor/account/run_metrics.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

class RunMetricsTest : public testing::Test {
 protected:
  JobRecord& add(JobPhase phase) {
    JobRecord& job = *area_.add_job();
    job.phase = phase;
    return job;
  }
  report::RunMetrics look(std::optional<report::RunMetrics::End> ended = {}) {
    return metrics_of(area_, {"/src", {"/usr/bin/make", "-j8"}, "freezer", "/metrics/night.prom"}, ended);
  }

  SharedArea& area_ = *SharedArea::create().value();
};

TEST_F(RunMetricsTest, jobs_that_live_are_counted_by_what_they_do) {
  add(JobPhase::running);
  add(JobPhase::held).was_held = true;
  add(JobPhase::waiting);
  add(JobPhase::frozen).was_frozen = true;
  add(JobPhase::ended);
  add(JobPhase::ended).never_ran = true;
  const auto run = look();
  EXPECT_EQ(run.running, 1U);
  EXPECT_EQ(run.held, 2U);
  EXPECT_EQ(run.frozen, 1U);
  EXPECT_EQ(run.jobs, 5U);
  EXPECT_EQ(run.ever_held, 1U);
  EXPECT_EQ(run.ever_frozen, 1U);
}

TEST_F(RunMetricsTest, a_run_that_has_ended_has_no_job_any_more) {
  add(JobPhase::running);
  const auto run = look(report::RunMetrics::End{std::chrono::sys_seconds(5s), 1});
  EXPECT_EQ(run.running, 0U);
  EXPECT_EQ(run.jobs, 1U);
}

TEST_F(RunMetricsTest, a_job_that_is_held_counts_up_to_now) {
  area_.started -= std::chrono::hours(1);
  JobRecord& job = add(JobPhase::held);
  job.was_held = true;
  job.stopped_at = Instant(600s);
  EXPECT_GE(look().held_time, 3000s);
  EXPECT_EQ(area_.jobs()[0].held, 0s);
}

TEST_F(RunMetricsTest, jobs_whose_records_were_used_again_are_in_it) {
  area_.earlier = {
      .jobs = 3, .held = 2, .frozen = 1, .held_time = 4s, .longest_held = 3s, .frozen_time = 5s, .peak = 7_MiB};
  const auto run = look();
  EXPECT_EQ(run.jobs, 3U);
  EXPECT_EQ(run.ever_held, 2U);
  EXPECT_EQ(run.held_time, 4s);
  EXPECT_EQ(run.frozen_time, 5s);
  EXPECT_EQ(run.peak, 7_MiB);
}

TEST_F(RunMetricsTest, kills_are_the_kernels_count_or_what_jobs_died_of) {
  add(JobPhase::ended).killer = report::Killer::limit;
  add(JobPhase::ended).killer = report::Killer::somebody;
  EXPECT_EQ(look().oom_kills, 1U);
  area_.oom_kills = 4;
  EXPECT_EQ(look().oom_kills, 4U);
}

TEST_F(RunMetricsTest, it_is_named_after_the_file_and_the_program) {
  const auto run = look();
  EXPECT_EQ(run.name, "night");
  EXPECT_EQ(run.command, "make");
  EXPECT_EQ(run.folder, "/src");
  EXPECT_FALSE(run.version.empty());
}

TEST_F(RunMetricsTest, what_is_used_is_of_the_last_sample_and_the_limit_what_it_was_moved_to) {
  SampleRecord sample{};
  for (const auto& [at, used] : {std::pair(1s, 100), std::pair(2s, 50)}) {
    sample.at = at;
    sample.used = used;
    area_.timeline.samples.note(sample, {});
  }
  area_.highest_limit = Bytes{1000};
  area_.wall = Bytes{500};
  const auto run = look();
  EXPECT_EQ(run.used, 50_B);
  EXPECT_EQ(run.limit, 500_B);
}

}  // namespace
}  // namespace memguard::supervisor
