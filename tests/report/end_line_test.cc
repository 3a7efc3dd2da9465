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
  EXPECT_EQ(end_line(run), "312 jobs, 14 waited up to 41 s, 3 paused, 1 started again, none lost; peak 7.4 of 8.0 GiB");
}

TEST(EndLineTest, a_run_in_which_nothing_was_done_has_none) {
  EXPECT_EQ(end_line(run_of(312)), "");
  EXPECT_EQ(end_line(RunReport{}), "");
}

TEST(EndLineTest, each_thing_alone_is_worth_the_line) {
  RunReport run = run_of(2);
  run.held = 1;
  run.longest_held = std::chrono::milliseconds(1500);
  EXPECT_EQ(end_line(run), "2 jobs, 1 waited up to 1.5 s, none killed; peak 7.4 of 8.0 GiB");
  run = run_of(2);
  run.frozen = 1;
  EXPECT_EQ(end_line(run), "2 jobs, 1 paused, none killed; peak 7.4 of 8.0 GiB");
  run = run_of(2);
  run.evicted = 2;
  EXPECT_EQ(end_line(run), "2 jobs, 2 gave memory back, none lost; peak 7.4 of 8.0 GiB");
  run.restarted = 2;
  EXPECT_EQ(end_line(run), "2 jobs, 2 gave memory back and started again, none lost; peak 7.4 of 8.0 GiB");
  run = run_of(2);
  run.restarted = 2;
  EXPECT_EQ(end_line(run), "2 jobs, 2 started again, none lost; peak 7.4 of 8.0 GiB");
  run = run_of(2);
  run.oom_kills = 1;
  EXPECT_EQ(end_line(run), "2 jobs, 1 killed for memory, none lost; peak 7.4 of 8.0 GiB");
  run.oom_kills = 2;
  EXPECT_EQ(end_line(run), "2 jobs, 2 killed for memory, none lost; peak 7.4 of 8.0 GiB");
  run = run_of(1);
  run.lost = 1;
  EXPECT_EQ(end_line(run), "1 job, 1 lost; peak 7.4 of 8.0 GiB");
}

TEST(EndLineTest, what_was_no_job_and_was_killed_is_lost_too) {
  RunReport run = run_of(0);
  run.oom_kills = run.oom_kills_no_job = 1;
  EXPECT_EQ(end_line(run), "0 jobs, 1 killed for memory, 1 lost that was no job; peak 7.4 of 8.0 GiB");
  run.oom_kills = 5;
  run.oom_kills_no_job = 2;
  run.lost = 3;
  EXPECT_EQ(end_line(run), "0 jobs, 5 killed for memory, 3 lost and 2 lost that were no jobs; peak 7.4 of 8.0 GiB");
}

TEST(EndLineTest, peak_and_limit_share_a_unit_only_when_it_is_the_same) {
  RunReport run = run_of(2);
  run.frozen = 1;
  run.peak = 312_MiB;
  EXPECT_EQ(end_line(run), "2 jobs, 1 paused, none killed; peak 312 MiB of 8.0 GiB");
  run.limit = Bytes::unlimited();
  EXPECT_EQ(end_line(run), "2 jobs, 1 paused, none killed; peak 312 MiB");
  run.peak = {};
  EXPECT_EQ(end_line(run), "2 jobs, 1 paused, none killed");
}

}  // namespace
}  // namespace memguard::report
