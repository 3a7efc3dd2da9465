#include <gtest/gtest.h>

#include "report/run_report.h"

namespace memguard::report {
namespace {

using namespace units;

RunReport run_of(std::size_t jobs) {
  RunReport run;
  run.jobs.resize(jobs);
  run.limit = 8_GiB;
  run.peak = 7578_MiB;
  return run;
}

TEST(EndLineTest, it_tells_what_happened_in_one_line) {
  RunReport run = run_of(312);
  run.held = 14;
  run.longest_held = std::chrono::seconds(41);
  run.frozen = 3;
  run.restarted = 1;
  EXPECT_EQ(end_line(run), "312 jobs, peak 7.4 of 8.0 GiB, 14 held (longest 41 s), 3 frozen, 1 restarted, 0 lost");
}

TEST(EndLineTest, a_run_in_which_nothing_was_done_has_none) {
  EXPECT_EQ(end_line(run_of(312)), "");
  EXPECT_EQ(end_line(RunReport{}), "");
}

TEST(EndLineTest, each_thing_alone_is_worth_the_line) {
  RunReport run = run_of(2);
  run.held = 1;
  run.longest_held = std::chrono::milliseconds(1500);
  EXPECT_EQ(end_line(run), "2 jobs, peak 7.4 of 8.0 GiB, 1 held (longest 1.5 s), 0 lost");
  run = run_of(2);
  run.frozen = 1;
  EXPECT_EQ(end_line(run), "2 jobs, peak 7.4 of 8.0 GiB, 1 frozen, 0 lost");
  run = run_of(2);
  run.evicted = 2;
  EXPECT_EQ(end_line(run), "2 jobs, peak 7.4 of 8.0 GiB, 2 evicted, 0 lost");
  run = run_of(2);
  run.restarted = 2;
  EXPECT_EQ(end_line(run), "2 jobs, peak 7.4 of 8.0 GiB, 2 restarted, 0 lost");
  run = run_of(2);
  run.oom_kills = 1;
  EXPECT_EQ(end_line(run), "2 jobs, peak 7.4 of 8.0 GiB, 1 OOM kill, 0 lost");
  run.oom_kills = 2;
  EXPECT_EQ(end_line(run), "2 jobs, peak 7.4 of 8.0 GiB, 2 OOM kills, 0 lost");
  run = run_of(1);
  run.lost = 1;
  EXPECT_EQ(end_line(run), "1 job, peak 7.4 of 8.0 GiB, 1 lost");
}

TEST(EndLineTest, what_was_no_job_and_was_killed_is_lost_too) {
  RunReport run = run_of(0);
  run.oom_kills = run.oom_kills_no_job = 1;
  EXPECT_EQ(end_line(run), "0 jobs, peak 7.4 of 8.0 GiB, 1 OOM kill, 1 lost that was no job");
  run.oom_kills = 5;
  run.oom_kills_no_job = 2;
  run.lost = 3;
  EXPECT_EQ(end_line(run), "0 jobs, peak 7.4 of 8.0 GiB, 5 OOM kills, 3 lost and 2 lost that were no jobs");
}

TEST(EndLineTest, peak_and_limit_share_a_unit_only_when_it_is_the_same) {
  RunReport run = run_of(2);
  run.frozen = 1;
  run.peak = 312_MiB;
  EXPECT_EQ(end_line(run), "2 jobs, peak 312 MiB of 8.0 GiB, 1 frozen, 0 lost");
  run.limit = Bytes::unlimited();
  EXPECT_EQ(end_line(run), "2 jobs, peak 312 MiB, 1 frozen, 0 lost");
  run.peak = {};
  EXPECT_EQ(end_line(run), "2 jobs, 1 frozen, 0 lost");
}

}  // namespace
}  // namespace memguard::report
