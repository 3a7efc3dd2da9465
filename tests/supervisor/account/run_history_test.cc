// What a run leaves behind for `memguard history` and `memguard report`.
#include "supervisor/account/run_history.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/whole_file.h"
#include "report/kept_runs.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using testing::StartsWith;

class RunHistoryTest : public testing::Test {
 protected:
  RunHistoryTest() {
    history_.file = folder_.in("state/history.db");
    history_.runs = folder_.in("state/runs");
    run_.command = {"cargo", "build"};
    run_.jobs.emplace_back();
  }
  [[nodiscard]] Status write() { return write_history(history_, area_, {}, run_); }
  [[nodiscard]] std::string last_run() const {
    const auto runs = report::kept_runs(history_.runs);
    return runs.empty() ? "none" : read_whole(runs.front()).value_or("none");
  }
  void add_measured_job() {
    JobRecord& job = *area_.add_job();
    job.name.set("app");
    job.program.set("rustc");
    job.phase = JobPhase::ended;
    job.outcome = report::Outcome::done;
    job.measured_at = job.end = Instant{std::chrono::seconds(10)};
    job.peak = Bytes{300 << 20};
  }

  TemporaryFolder folder_;
  SharedArea& area_ = *SharedArea::create().value();
  RunHistory history_;
  report::RunReport run_;
};

TEST_F(RunHistoryTest, ARunWithoutAnyJobLeavesTheReportOfTheLastThatHadOne) {
  ASSERT_TRUE(write());
  const std::string kept = report::to_json(run_);
  EXPECT_EQ(last_run(), kept);
  run_.command = {"true"};
  run_.jobs.clear();
  ASSERT_TRUE(write());
  EXPECT_EQ(last_run(), kept);
  // Nothing was measured, so there is nothing to remember.
  EXPECT_FALSE(std::filesystem::exists(history_.file));
}

TEST_F(RunHistoryTest, ARunWithoutAnyJobThatHasToWarnIsTheLastOne) {
  run_.jobs.clear();
  run_.oom_kills_no_job = 1;
  ASSERT_TRUE(write());
  EXPECT_EQ(last_run(), report::to_json(run_));
}

TEST_F(RunHistoryTest, WhatWasMeasuredIsRemembered) {
  add_measured_job();
  ASSERT_TRUE(write());
  EXPECT_TRUE(std::filesystem::exists(history_.file));
  EXPECT_EQ(last_run(), report::to_json(run_));
}

TEST_F(RunHistoryTest, AHistoryThatCannotBeWrittenDoesNotKeepTheReportFromBeing) {
  std::filesystem::create_directories(history_.file);
  add_measured_job();
  const auto written = write();
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().text(), StartsWith("keep history: "));
  EXPECT_EQ(last_run(), report::to_json(run_));
}

TEST_F(RunHistoryTest, AReportThatCannotBeWrittenIsSaid) {
  std::filesystem::create_directories(folder_.in("state"));
  std::ofstream(history_.runs) << "a file";
  EXPECT_THAT(write().error().text(), StartsWith("keep the report: make the folder " + history_.runs));
}

TEST_F(RunHistoryTest, WithoutHistoryNothingIsWritten) {
  history_.file.clear();
  ASSERT_TRUE(write());
  EXPECT_EQ(last_run(), "none");
}

}  // namespace
}  // namespace memguard::supervisor
