#include "supervisor/shared_area.h"

#include <gtest/gtest.h>

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

TEST(SharedArea, AFullTableTakesNoMoreJobs) {
  SharedArea& area = *SharedArea::create().value();
  for (std::size_t i = 0; i < SharedArea::kMostJobs; ++i) ASSERT_NE(area.add_job(), nullptr);
  EXPECT_EQ(area.add_job(), nullptr);
  EXPECT_EQ(area.jobs().size(), SharedArea::kMostJobs);
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

TEST(SharedArea, BuildTimeLeavesOutWhatWasSuspended) {
  SharedArea& area = *SharedArea::create().value();
  const Instant before = area.build_time();
  area.suspended_ns = 3'600'000'000'000;
  EXPECT_LT(area.build_time(), before);
}

}  // namespace
}  // namespace memguard::supervisor
