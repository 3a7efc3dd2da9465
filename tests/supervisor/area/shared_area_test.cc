#include "supervisor/area/shared_area.h"

#include "config/config.h"

#include <gtest/gtest.h>

#include <vector>

namespace memguard::supervisor {
namespace {

TEST(FixedText, CutsWhatIsTooLongAndStaysText) {
  FixedText<8> text{};
  text.set("heavy_catalogue");
  EXPECT_EQ(text.view(), "heavy_c");
  text.set("ld");
  EXPECT_EQ(text.view(), "ld");
  text.set("");
  EXPECT_EQ(text.view(), "");
}

TEST(SharedArea, BeginsEmpty) {
  SharedArea& area = *SharedArea::create().value();
  EXPECT_TRUE(area.jobs().empty());
  for (const GateSlot& slot : area.slots) EXPECT_EQ(slot.state.load(), SlotState::empty);
  EXPECT_FALSE(area.ending);
  EXPECT_EQ(area.receiver, 0U);
}

TEST(SharedArea, JobsKeepTheirOrder) {
  SharedArea& area = *SharedArea::create().value();
  area.add_job()->family = 7;
  area.add_job()->family = 8;
  ASSERT_EQ(area.jobs().size(), 2U);
  EXPECT_EQ(area.jobs()[0].family, 7U);
  EXPECT_EQ(area.jobs()[1].family, 8U);
  EXPECT_EQ(area.jobs()[1].leaf, -1);
}

TEST(JobPhaseOf, AStopIsCountedWhenItEnds) {
  using namespace std::chrono_literals;
  JobRecord job{};
  job.hold_done = true;
  enter(job, JobPhase::held, Instant(1s));
  EXPECT_TRUE(job.was_held);
  EXPECT_FALSE(job.hold_done);
  EXPECT_EQ(job.stopped_at, Instant(1s));
  enter(job, JobPhase::running, Instant(3s));
  EXPECT_EQ(job.held, 2s);
  EXPECT_EQ(job.resumed_at, Instant(3s));
  EXPECT_FALSE(job.was_frozen);
  enter(job, JobPhase::frozen, Instant(4s));
  EXPECT_TRUE(job.was_frozen);
  enter(job, JobPhase::ended, Instant(5s));
  EXPECT_EQ(job.frozen, 1s);
  EXPECT_EQ(job.held, 2s);
  EXPECT_EQ(job.end, Instant(5s));
  EXPECT_EQ(job.phase, JobPhase::ended);
}

class SmallTable : public testing::Test {
 protected:
  static constexpr std::size_t kJobs = 4;

  std::vector<std::uint32_t> ids() {
    std::vector<std::uint32_t> ids;
    for (const JobRecord* job : area_.jobs_by_arrival()) ids.push_back(job->id);
    return ids;
  }
  void fill() {
    while (area_.jobs().size() < kJobs) area_.add_job()->phase = JobPhase::running;
  }
  void end(std::uint32_t id) { area_.job(id)->phase = JobPhase::ended; }

  SharedArea& area_ = *SharedArea::create(kJobs).value();
};

TEST_F(SmallTable, TakesNoMoreJobsThanCanLiveInIt) {
  fill();
  EXPECT_EQ(area_.add_job(), nullptr);
  EXPECT_EQ(area_.next_reused(), nullptr);
  end(2);
  EXPECT_NE(area_.add_job(), nullptr);
}

TEST_F(SmallTable, TakesTheRecordOfTheJobThatEndedAndNeverAnIdTwice) {
  fill();
  end(1);
  end(2);
  JobRecord* first = area_.job(1);
  EXPECT_EQ(area_.next_reused(), first);
  EXPECT_EQ(area_.add_job(), first);
  EXPECT_EQ(first->id, 5U);
  EXPECT_EQ(first->leaf, -1);
  ASSERT_NE(area_.add_job(), nullptr);
  EXPECT_EQ(area_.job(1), nullptr);
  EXPECT_EQ(area_.job(5), first);
  EXPECT_EQ(ids(), (std::vector<std::uint32_t>{0, 3, 5, 6}));
}

TEST_F(SmallTable, CountsTheJobsWhoseRecordsItUsesAgain) {
  using namespace std::chrono_literals;
  fill();
  JobRecord& held = *area_.job(0);
  held.was_held = true;
  held.held = 3s;
  held.peak = Bytes{7 << 20};
  area_.job(1)->never_ran = true;
  for (const std::uint32_t id : {0U, 1U}) {
    end(id);
    ASSERT_NE(area_.add_job(), nullptr);
  }
  EXPECT_EQ(area_.earlier.jobs, 1U);
  EXPECT_EQ(area_.earlier.held, 1U);
  EXPECT_EQ(area_.earlier.longest_held, 3s);
  EXPECT_EQ(area_.earlier.peak, Bytes{7 << 20});
}

TEST_F(SmallTable, GoesOnForAsLongAsTheBuildDoes) {
  fill();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    area_.jobs()[i % kJobs].phase = JobPhase::ended;
    ASSERT_NE(area_.add_job(), nullptr);
  }
  EXPECT_EQ(area_.earlier.jobs, 1000U);
}

TEST(SharedArea, ThePeakOfAJobThatWasKilledSaysWhatItNeedsAtLeast) {
  JobRecord job{};
  job.start = Instant(std::chrono::seconds(1));
  job.measured_at = Instant(std::chrono::seconds(4));
  const Instant end(std::chrono::seconds(5));
  EXPECT_EQ(peak_says(job, end), PeakSays::nothing);
  job.peak = Bytes{100 << 20};
  job.outcome = report::Outcome::evicted;
  EXPECT_EQ(peak_says(job, end), PeakSays::at_least);
  job.outcome = report::Outcome::done;
  EXPECT_EQ(peak_says(job, end), PeakSays::need);
  // Seen only as it began.
  EXPECT_EQ(peak_says(job, Instant(std::chrono::seconds(60))), PeakSays::nothing);
}

TEST(SharedArea, WhatNoListNamesAndEndedUnseenHasGrownOn) {
  JobRecord job{};
  job.job_class = config::kOther;
  job.outcome = report::Outcome::done;
  job.measured_at = Instant(std::chrono::seconds(3));
  EXPECT_EQ(need_told_by(job, Instant(std::chrono::seconds(6))), std::nullopt) << "it was never read";
  job.peak = Bytes{30 << 20};
  EXPECT_EQ(need_told_by(job, Instant(std::chrono::seconds(3))), job.peak);
  EXPECT_EQ(need_told_by(job, Instant(std::chrono::seconds(6))), 2.0 * job.peak);
  EXPECT_EQ(need_told_by(job, Instant(std::chrono::seconds(60))), 4.0 * job.peak);
  // It was frozen since it was read last, and for most of its life.
  job.frozen = std::chrono::seconds(57);
  EXPECT_EQ(need_told_by(job, Instant(std::chrono::seconds(60))), 4.0 * job.peak);
  job.job_class = config::kCc;
  EXPECT_EQ(need_told_by(job, Instant(std::chrono::seconds(60))), std::nullopt) << "its class has a better guess";
}

TEST(SharedArea, BuildTimeLeavesOutWhatWasSuspended) {
  SharedArea& area = *SharedArea::create().value();
  const Instant before = area.build_time();
  area.suspended = std::chrono::hours(1);
  EXPECT_LT(area.build_time(), before);
}

}  // namespace
}  // namespace memguard::supervisor
