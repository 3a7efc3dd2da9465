// Which of the earlier runs stay.
#include "report/kept_runs.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/whole_file.h"
#include "temporary_folder.h"

namespace memguard::report {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class KeptRunsTest : public testing::Test {
 protected:
  void keep(int status, bool with_jobs = true) {
    RunReport run;
    run.exit_status = status;
    if (with_jobs) run.jobs.emplace_back();
    ASSERT_TRUE(keep_run(run, runs_, std::chrono::system_clock::time_point(std::chrono::seconds(status)), bounds_));
  }
  std::vector<int> statuses() const {
    std::vector<int> all;
    for (const auto& path : kept_runs(runs_)) all.push_back(read_json(*read_whole(path))->exit_status);
    return all;
  }

  TemporaryFolder folder_;
  std::string runs_ = folder_.in("state/runs");
  KeptRuns bounds_{.runs = 3, .runs_without_jobs = 1};
};

TEST_F(KeptRunsTest, TheNewestComeFirstAndTheOldestGo) {
  for (int i = 1; i <= 5; ++i) keep(i);
  EXPECT_THAT(statuses(), testing::ElementsAre(5, 4, 3));
}

TEST_F(KeptRunsTest, ARunWithoutJobsDisplacesNone) {
  for (int i = 1; i <= 3; ++i) keep(i);
  for (int i = 4; i <= 8; ++i) keep(i, false);
  EXPECT_THAT(statuses(), testing::ElementsAre(8, 3, 2, 1));
}

TEST_F(KeptRunsTest, BytesAreBoundedButTheNewestStays) {
  keep(1);
  keep(2);
  bounds_.bytes = 10;
  keep(3);
  EXPECT_THAT(statuses(), testing::ElementsAre(3));
}

TEST_F(KeptRunsTest, WhatAKilledWriterLeftGoesAndWhatIsNotOursStays) {
  keep(1);
  const auto left = runs_ + "/.memguard-new-1-0";
  std::ofstream(left) << "{";
  std::ofstream(runs_ + "/notes.txt") << "mine";
  keep(2);
  EXPECT_TRUE(std::filesystem::exists(left)) << "it may be being written";
  std::filesystem::last_write_time(left, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  keep(3);
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(runs_ + "/notes.txt"));
}

TEST_F(KeptRunsTest, AFolderThatCannotBeIsSaidAndNoRunsAreNoError) {
  EXPECT_THAT(kept_runs("/nowhere"), SizeIs(0));
  std::ofstream(folder_.in("file")) << "";
  const auto kept = keep_run({}, folder_.in("file/runs"), {});
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().text(), HasSubstr(folder_.in("file/runs")));
}

}  // namespace
}  // namespace memguard::report
