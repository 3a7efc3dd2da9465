#include "supervisor/high_water.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;

TEST(HighWater, TheFirstReadingSaysWhatIsThereAndWhatIsGone) {
  EXPECT_EQ(HighWater{}.note({.memory = 10_MiB, .file = 5_MiB, .most = 15_MiB}), 10_MiB);
  EXPECT_EQ(HighWater{}.note({.memory = 10_MiB, .file = 5_MiB, .most = 25_MiB}), 20_MiB);
}

TEST(HighWater, WhatCameAndWentBetweenTwoReadingsIsSeen) {
  HighWater water;
  (void)water.note({.memory = 10_MiB, .file = 50_MiB, .most = 60_MiB});
  EXPECT_EQ(water.note({.memory = 10_MiB, .file = 50_MiB, .most = 160_MiB}), 110_MiB);
}

TEST(HighWater, FilesCountAsTheyWereWhenTheyWereMost) {
  HighWater water;
  (void)water.note({.memory = 10_MiB, .file = 440_MiB, .most = 450_MiB});
  (void)water.note({.memory = 10_MiB, .file = 0_MiB, .most = 450_MiB});
  EXPECT_EQ(water.note({.memory = 10_MiB, .file = 0_MiB, .most = 470_MiB}), 30_MiB);
}

// A rustc of a library that lives 58 ms, read every 5 ms: it maps the rlib of std page by page and lets it go at once.
// The pages that were mapped in between counted as its own: 20 MiB of 14, and 23 in another build.
TEST(HighWater, FilesUnmappedBetweenTwoReadingsAreNoMemoryOfTheJob) {
  HighWater water;
  EXPECT_EQ(water.note({.memory = 12_MiB, .file = 75_MiB, .most = 88_MiB}), 13_MiB);
  EXPECT_EQ(water.note({.memory = 13_MiB, .file = 81_MiB, .most = 95_MiB}), 14_MiB);
  EXPECT_EQ(water.note({.memory = 14_MiB, .file = 74_MiB, .most = 101_MiB}), 14_MiB);
  EXPECT_EQ(water.note({.memory = 13_MiB, .file = 64_MiB, .most = 101_MiB}), 13_MiB);
}

TEST(HighWater, MoreThanTheUnmappedFilesExplainCounts) {
  HighWater water;
  (void)water.note({.memory = 10_MiB, .file = 50_MiB, .most = 60_MiB});
  EXPECT_EQ(water.note({.memory = 10_MiB, .file = 46_MiB, .most = 160_MiB}), 106_MiB);
}

TEST(HighWater, AnotherProgramBeginsAnew) {
  HighWater water;
  (void)water.note({.memory = 10_MiB, .file = 90_MiB, .most = 100_MiB});
  EXPECT_EQ(water.note({.memory = 20_MiB, .file = 10_MiB, .most = 50_MiB}), 40_MiB);
}

TEST(HighWater, CountersThatAreNotReadAtOneInstantGiveNoLessThanWhatIsThere) {
  EXPECT_EQ(HighWater{}.note({.memory = 10_MiB, .file = 5_MiB, .most = 1_MiB}), 10_MiB);
}

}  // namespace
}  // namespace memguard::supervisor
