#include "history/quantile.h"

#include <gtest/gtest.h>

namespace memguard::history {
namespace {

using namespace units;

TEST(ExpectedPeak, OfOneRunIsThatRun) { EXPECT_EQ(expected_peak({{300_MiB}}), 300_MiB); }

TEST(ExpectedPeak, OfRunsThatVaryIsOneOfTheLarger) {
  EXPECT_EQ(expected_peak({{300_MiB}, {310_MiB}, {305_MiB}, {290_MiB}}), 310_MiB);
}

TEST(ExpectedPeak, FollowsAUnitThatGrewAtOnce) { EXPECT_EQ(expected_peak({{900_MiB}, {300_MiB}, {300_MiB}}), 900_MiB); }

TEST(ExpectedPeak, ForgetsALargeRunAfterSomeSmallOnes) {
  EXPECT_EQ(expected_peak({{300_MiB}, {900_MiB}}), 900_MiB);
  EXPECT_EQ(expected_peak({{300_MiB}, {300_MiB}, {300_MiB}, {300_MiB}, {900_MiB}}), 300_MiB);
}

TEST(ExpectedPeak, WhatMemoryEndedNeedsMore) {
  EXPECT_EQ(expected_peak({{400_MiB, false}, {300_MiB}}), 1.1 * 400_MiB);
  EXPECT_EQ(expected_peak({{400_MiB, false}}), 1.1 * 400_MiB);
}

TEST(ExpectedPeak, UntilItWasCompleted) { EXPECT_EQ(expected_peak({{300_MiB}, {400_MiB, false}}), 300_MiB); }

}  // namespace
}  // namespace memguard::history
