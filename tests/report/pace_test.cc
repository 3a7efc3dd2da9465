// How fast a run's jobs got on.
#include "report/pace.h"

#include <gtest/gtest.h>

namespace memguard::report {
namespace {

using namespace std::chrono_literals;

class Paced : public testing::Test {
 protected:
  Paced() {
    run_.wall = 60s;
    run_.processors = 2;
    run_.jobs.reserve(10);
  }
  JobReport& job(Duration start, Duration end, Duration cpu) {
    JobReport& made = run_.jobs.emplace_back();
    made.id = static_cast<std::uint32_t>(run_.jobs.size() - 1);
    made.start = start;
    made.end = end;
    made.cpu = cpu;
    made.outcome = Outcome::done;
    return made;
  }
  Pace pace() { return pace_of(run_, lanes_of(run_)); }

  RunReport run_;
};

TEST_F(Paced, JobsThatUseTheirProcessorAreNotSlower) {
  job(0s, 60s, 60s);
  EXPECT_DOUBLE_EQ(pace().slower, 1);
}

TEST_F(Paced, WaitsForADiskMakeJobsSlower) {
  job(0s, 60s, 48s);
  EXPECT_DOUBLE_EQ(pace().slower, 1.25);
}

TEST_F(Paced, WaitsForAProcessorDoNot) {
  for (int i = 0; i < 4; ++i) job(0s, 60s, 30s);
  EXPECT_DOUBLE_EQ(pace().slower, 1);
}

TEST_F(Paced, TimesWhenAJobWasHeldOrFrozenDoNotCount) {
  auto& waited = job(0s, 60s, 20s);
  waited.held = 25s;
  waited.frozen = 10s;
  EXPECT_DOUBLE_EQ(pace().slower, 1.25);
}

TEST_F(Paced, AJobOfSeveralThreadsWantsAsManyProcessors) {
  job(0s, 40s, 80s);
  job(40s, 60s, 10s);
  EXPECT_DOUBLE_EQ(pace().slower, 100.0 / 90);
}

TEST_F(Paced, ARustcThatWaitsForItsLinkerWantsNone) {
  const auto rustc = job(0s, 60s, 50s).id;
  job(50s, 60s, 10s).above = rustc;
  EXPECT_DOUBLE_EQ(pace().slower, 1);
}

TEST_F(Paced, ThreadsAreThoseOfTheTimeBeforeTheLinker) {
  run_.processors = 4;
  const auto rustc = job(0s, 20s, 40s).id;
  job(10s, 20s, 10s).above = rustc;
  job(20s, 60s, 20s);
  EXPECT_DOUBLE_EQ(pace().slower, 90.0 / 70);
}

TEST_F(Paced, JobsThatSleptOrWhoseUseIsNotKnownDoNotCount) {
  job(0s, 60s, 60s);
  job(0s, 60s, 500ms);
  job(0s, 60s, 0s);
  EXPECT_DOUBLE_EQ(pace().slower, 1);
}

TEST_F(Paced, TimeWithoutAnyJobIsTheBuildToolsOwn) {
  job(5s, 20s, 15s);
  job(10s, 30s, 20s);
  job(32s, 55s, 23s);
  EXPECT_EQ(pace().without_jobs, 12s);
}

TEST_F(Paced, AReportThatDoesNotKnowSaysNothing) {
  EXPECT_DOUBLE_EQ(pace().slower, 1);
  EXPECT_EQ(pace().without_jobs, 60s);
  job(0s, 60s, 0s);
  EXPECT_DOUBLE_EQ(pace().slower, 1);
  run_.processors = 0;
  run_.jobs[0].cpu = 30s;
  EXPECT_DOUBLE_EQ(pace().slower, 1);
}

}  // namespace
}  // namespace memguard::report
