#include "policy/growth.h"

#include <gtest/gtest.h>

namespace memguard::policy::testing {
namespace {

using namespace std::chrono_literals;
using namespace units;

const Settings kSettings;

double mib_per_second(const Growth& growth) { return growth.in(1s).real() / (1 << 20); }

TEST(Growth, OneSampleIsNoGrowth) {
  Growth growth;
  growth.note(Instant{5s}, 500_MiB, kSettings);
  EXPECT_EQ(growth.in(1s), 0_B);
}

TEST(Growth, SteadyGrowthIsItsRate) {
  Growth growth;
  for (int i = 0; i < 30; ++i) growth.note(Instant{i * 100ms}, Bytes{i * (10LL << 20U)}, kSettings);
  EXPECT_NEAR(mib_per_second(growth), 100, 1);
}

TEST(Growth, SuddenGrowthCountsHalfAtOnce) {
  Growth growth;
  for (int i = 0; i < 6; ++i) growth.note(Instant{i * 100ms}, 100_MiB, kSettings);
  growth.note(Instant{600ms}, 150_MiB, kSettings);
  EXPECT_NEAR(mib_per_second(growth), 300, 1);  // the mean of 100 over half a second and 500 over the last sample
}

TEST(Growth, SteadilyTheLatestCountsNoMoreThanTheRest) {
  Growth growth;
  for (int i = 0; i < 6; ++i) growth.note(Instant{i * 100ms}, 100_MiB, kSettings);
  growth.note(Instant{600ms}, 150_MiB, kSettings);
  EXPECT_NEAR(growth.steadily_in(1s).real() / (1 << 20), 100, 1);
  growth.note(Instant{700ms}, 50_MiB, kSettings);
  EXPECT_EQ(growth.steadily_in(1s), 0_B);
}

TEST(Growth, EndOfGrowthIsBelievedWhenTheWindowHasPassed) {
  Growth growth;
  for (int i = 0; i < 5; ++i) growth.note(Instant{i * 100ms}, Bytes{i * (50LL << 20U)}, kSettings);
  EXPECT_GT(mib_per_second(growth), 400);
  for (int i = 5; i < 11; ++i) growth.note(Instant{i * 100ms}, 200_MiB, kSettings);
  EXPECT_EQ(growth.in(1s), 0_B);
}

TEST(Growth, ShrinkingIsNoGrowth) {
  Growth growth;
  growth.note(Instant{0ms}, 500_MiB, kSettings);
  growth.note(Instant{100ms}, 100_MiB, kSettings);
  EXPECT_EQ(growth.in(1s), 0_B);
}

TEST(Growth, EventsWithinOneSampleAreNoRate) {
  Growth growth;
  growth.note(Instant{0ms}, 100_MiB, kSettings);
  growth.note(Instant{1ms}, 120_MiB, kSettings);
  EXPECT_EQ(growth.in(1s), 0_B);
  growth.note(Instant{1ms}, 130_MiB, kSettings);
  growth.note(Instant{100ms}, 140_MiB, kSettings);
  EXPECT_NEAR(mib_per_second(growth), 400, 5);
}

TEST(Growth, RateBeforeAFreezeCountsUntilThereAreNewSamples) {
  Growth growth;
  for (int i = 0; i < 6; ++i) growth.note(Instant{i * 100ms}, Bytes{i * (10LL << 20U)}, kSettings);
  growth.stop();
  EXPECT_NEAR(mib_per_second(growth), 100, 1);
  growth.note(Instant{9s}, 60_MiB, kSettings);
  EXPECT_NEAR(mib_per_second(growth), 100, 1);
  growth.note(Instant{9100ms}, 61_MiB, kSettings);
  EXPECT_NEAR(mib_per_second(growth), 10, 1);
}

TEST(Growth, ManySamplesNeverOutgrowTheWindow) {
  Growth growth;
  for (int i = 0; i < 5000; ++i) growth.note(Instant{i * 7ms}, Bytes{i * (1LL << 20U)}, kSettings);
  EXPECT_NEAR(mib_per_second(growth), 1000 / 7.0, 2);
}

}  // namespace
}  // namespace memguard::policy::testing
