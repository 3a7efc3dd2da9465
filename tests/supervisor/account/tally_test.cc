#include "supervisor/account/tally.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
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
  report::RunReport count(const std::string& tier = "full") {
    return tally(area_, {},
                 {.ended_at = std::chrono::sys_seconds(1777636800s),
                  .folder = "/project",
                  .command = {"cargo", "build"},
                  .tier = tier,
                  .limit = 200_MiB,
                  .limit_origin = {report::LimitSetter::group, "what is left", "memory.max of /ci"},
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
  area_.peak = 2_MiB;
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
  area_.started -= std::chrono::hours(1);
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
  area_.peak = 100_MiB;
  area_.highest_limit = 200_MiB;
  area_.oom_kills = 2;
  const auto run = count();
  EXPECT_EQ(run.peak, 100_MiB);
  EXPECT_EQ(run.limit, 200_MiB);
  EXPECT_EQ(run.oom_kills, 2U);
  EXPECT_EQ(run.ended_at, "2026-05-01T12:00:00Z");
  EXPECT_EQ(run.folder, "/project");
  EXPECT_EQ(run.command, (std::vector<std::string>{"cargo", "build"}));
  EXPECT_EQ(run.tier, "full");
  EXPECT_EQ(run.exit_status, 3);
  EXPECT_EQ(run.supervisor_peak, 5_MiB);
}

/// Gives each total another value.
struct Filler {
  void need(std::string_view, int& total) { total = ++last; }
  void need(std::string_view, Duration& total) { total = std::chrono::seconds(++last); }
  void need(std::string_view, Bytes& total) { total = ++last * 1_MiB; }
  void later(std::string_view key, auto& total) { need(key, total); }
  int last = 0;
};
/// Reads them.
struct Values {
  void need(std::string_view key, const auto& total) { all.push_back(fmt::format("{} {}", key, total_text(total))); }
  void later(std::string_view key, const auto& total) { need(key, total); }
  static std::string total_text(int total) { return std::to_string(total); }
  static std::string total_text(Duration total) { return std::to_string(total.count()); }
  static std::string total_text(Bytes total) { return to_text(total); }
  std::vector<std::string> all;
};

TEST_F(Tally, EachTotalIsToldAsItWasCounted) {
  Filler filler;
  report::total_fields(area_.totals, filler);
  Values counted;
  report::total_fields(std::as_const(area_.totals), counted);
  Values told;
  report::total_fields(std::as_const(static_cast<const report::Totals&>(count())), told);
  EXPECT_EQ(told.all, counted.all);
  EXPECT_THAT(counted.all, testing::Contains("evicted 1"));
}

TEST_F(Tally, CountsWhatWasNotGuardedByReason) {
  area_.note_unguarded(report::Unguarded::outside);
  area_.note_unguarded(report::Unguarded::outside);
  area_.note_unguarded(report::Unguarded::unreadable);
  EXPECT_EQ(count().unguarded, (std::array<std::uint32_t, report::kUnguardedReasons>{1, 0, 2, 0}));
}

TEST_F(Tally, KillsThatNoJobExplainsAreTheBuildsWhereItHasACounter) {
  area_.oom_kills = 3;
  area_.kills_unexplained = 2;
  EXPECT_EQ(count().oom_kills_no_job, 2U);
  EXPECT_EQ(count().oom_kills_machine, 0U);
  EXPECT_EQ(count("signal").oom_kills_no_job, 0U);
  EXPECT_EQ(count("signal").oom_kills_machine, 2U);
}

TEST_F(Tally, KilledJobsAreCountedWhereNobodyElseCounts) {
  add(JobPhase::ended).killer = report::Killer::outside;
  add(JobPhase::ended).killer = report::Killer::limit;
  add(JobPhase::ended).killer = report::Killer::somebody;
  EXPECT_EQ(count("freezer").oom_kills, 2U);
}

TEST_F(Tally, SaysThatTheLimitWasPassedAndByWhom) {
  area_.highest_limit = 200_MiB;
  area_.peak = 304_MiB;
  JobRecord& job = add(JobPhase::ended);
  job.job_class = 1;
  job.output.set("target/app");
  job.peak = 190_MiB;
  area_.most_above = {0, {}, 180_MiB, 60_MiB};
  const auto over = count("freezer").over_limit;
  ASSERT_TRUE(over);
  EXPECT_EQ(over->by, 104_MiB);
  EXPECT_EQ(over->who, "link app");
  EXPECT_EQ(over->had, 180_MiB);
  EXPECT_EQ(over->predicted, 60_MiB);
  // The kernel keeps it there.
  EXPECT_FALSE(count("full").over_limit);
}

TEST_F(Tally, AJobMayHavePassedTheLimitBetweenTwoLooks) {
  area_.highest_limit = 200_MiB;
  area_.peak = 150_MiB;
  add(JobPhase::ended).peak = 10_MiB;
  JobRecord& job = add(JobPhase::ended);
  job.peak = 201_MiB;
  job.job_class = 1;
  job.output.set("target/app");
  const auto over = count("freezer").over_limit;
  ASSERT_TRUE(over);
  EXPECT_EQ(over->by, 1_MiB);
  EXPECT_EQ(over->who, "link app");
  EXPECT_EQ(over->had, 201_MiB);
}

TEST_F(Tally, WhoThrashedIsNamedWhereItIsKnown) {
  EXPECT_FALSE(count("full").thrashing);
  JobRecord& job = add(JobPhase::ended);
  job.job_class = 1;
  job.output.set("target/app");
  area_.thrashing.job = job.id;
  area_.thrashing.lasted = std::chrono::seconds(10);
  area_.thrashing.limit = 160_MiB;
  const auto thrashing = count("full").thrashing;
  ASSERT_TRUE(thrashing);
  EXPECT_EQ(thrashing->who, "link app");
  EXPECT_EQ(thrashing->lasted, std::chrono::seconds(10));
  EXPECT_EQ(thrashing->limit, 160_MiB);
  area_.thrashing.job = job.id + 1000;
  EXPECT_EQ(count("full").thrashing->who, "");
}

TEST_F(Tally, ALimitThatWasKeptOrIsNoneWasNotPassed) {
  area_.peak = area_.highest_limit = 200_MiB;
  EXPECT_FALSE(count("freezer").over_limit);
  area_.highest_limit = Bytes::unlimited();
  EXPECT_FALSE(count("freezer").over_limit);
}

TEST_F(Tally, ALimitThatWasRaisedIsTheUsers) {
  area_.highest_limit = 300_MiB;
  EXPECT_EQ(count().limit_origin.setter, report::LimitSetter::user);
  EXPECT_EQ(count().limit_origin.text, "memguard top");
  EXPECT_EQ(count().limit_origin.group, "memory.max of /ci");
}

// The report has the highest limit there was: that of the beginning.
TEST_F(Tally, ALimitThatWasLoweredIsFromWhereItWas) {
  area_.highest_limit = 200_MiB;
  area_.limit_moves = 1;
  EXPECT_EQ(count().limit_origin.setter, report::LimitSetter::group);
  EXPECT_EQ(count().limit_origin.text, "what is left");
}

TEST_F(Tally, TellsOfALimitThatWasLearnt) {
  EXPECT_EQ(count().hidden_limit, Bytes{});
  area_.hidden.limit = 270_MiB;
  EXPECT_EQ(count().hidden_limit, 270_MiB);
}

TEST_F(Tally, NamesTheJob) {
  JobRecord& job = add(JobPhase::ended);
  job.job_class = 1;
  job.crate.set("app");
  job.output.set("target/app");
  job.profile.set("lto=fat");
  const auto run = count();
  EXPECT_EQ(run.jobs[0].job_class, "link");
  EXPECT_EQ(run.jobs[0].crate, "app");
  EXPECT_EQ(run.jobs[0].output, "target/app");
  EXPECT_EQ(run.jobs[0].profile, "lto=fat");
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
