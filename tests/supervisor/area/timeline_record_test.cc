// The bounded form in which shared memory keeps how a build went.
#include "supervisor/area/timeline_record.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

SampleRecord sample(Duration at, Bytes used) {
  return {.at = at,
          .used = used.count,
          .limit = (1_GiB).count,
          .high = (1_GiB).count,
          .some = {},
          .full = {},
          .tokens = -1,
          .first = 0,
          .count = 0};
}

class Samples : public testing::Test {
 protected:
  void note(Duration at, Bytes used, std::uint32_t jobs = 1) {
    const std::vector<SampledJob> list(jobs, SampledJob{7, static_cast<std::uint32_t>(used.count >> 10U)});
    store_->note(sample(at, used), list);
  }
  // Zeroed, as the kernel maps it.
  std::unique_ptr<SampleStore> store_ = std::make_unique<SampleStore>();
};

TEST_F(Samples, OfOneIntervalTheOneWithTheMostMemoryStays) {
  note(0ms, 10_MiB);
  note(10ms, 30_MiB, 3);
  note(20ms, 20_MiB);
  note(60ms, 5_MiB);
  const auto samples = store_->samples();
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].used, (30_MiB).count);
  EXPECT_EQ(store_->jobs_of(samples[0]).size(), 3U);
  EXPECT_EQ(samples[1].used, (5_MiB).count);
  EXPECT_EQ(store_->jobs_of(samples[1]).size(), 1U);
}

TEST_F(Samples, AreThinnedToAnEvenDistanceAndKeepThePeak) {
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) note(i * 50ms, i == 70'003 ? 900_MiB : Bytes{(i % 100 + 1) << 20});
  const auto samples = store_->samples();
  EXPECT_LE(samples.size(), SampleStore::kSamples);
  EXPECT_GE(samples.size(), SampleStore::kSamples / 2 - 1);
  EXPECT_EQ(std::ranges::max(samples, {}, &SampleRecord::used).used, (900_MiB).count);
  for (std::size_t i = 1; i < samples.size(); ++i)
    EXPECT_LT(samples[i - 1].at / store_->step(), samples[i].at / store_->step());
}

TEST_F(Samples, StayWithinTheirPlaceHoweverManyJobsTheyHave) {
  for (int i = 0; i < 200; ++i) note(i * 50ms, 100_MiB, 50'000);
  const auto samples = store_->samples();
  ASSERT_FALSE(samples.empty());
  for (const auto& one : samples) {
    EXPECT_LE(one.first + one.count, SampleStore::kSampledJobs);
    EXPECT_EQ(store_->jobs_of(one).size(), SampleStore::kJobsOfOne);
  }
}

TEST_F(Samples, AreOnlyCollectedWhenTheyWouldBeKept) {
  EXPECT_TRUE(store_->wants(10ms, (1_MiB).count));
  note(10ms, 10_MiB);
  EXPECT_FALSE(store_->wants(20ms, (10_MiB).count));
  EXPECT_TRUE(store_->wants(20ms, (11_MiB).count));
  EXPECT_TRUE(store_->wants(50ms, (1_MiB).count));
  // A clock that went back.
  EXPECT_FALSE(store_->wants(5ms, (50_MiB).count));
}

TEST(Changes, TheLastAreKeptAndTheOthersCounted) {
  const auto store = std::make_unique<ChangeStore>();
  constexpr std::uint32_t kMore = 10;
  for (std::uint32_t i = 0; i < ChangeStore::kChanges + kMore; ++i) {
    ChangeRecord change{};
    change.job = i;
    store->note(change);
  }
  const auto changes = store->changes();
  ASSERT_EQ(changes.size(), ChangeStore::kChanges);
  EXPECT_EQ(changes.front().job, kMore);
  EXPECT_EQ(changes.back().job, ChangeStore::kChanges + kMore - 1);
  EXPECT_EQ(store->left_out(), kMore);
}

}  // namespace
}  // namespace memguard::supervisor
