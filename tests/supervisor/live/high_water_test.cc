#include "supervisor/live/high_water.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;

HighWater::Reading reading(Bytes memory, Bytes file, Bytes most) {
  return {.memory = memory, .page_tables = {}, .file = file, .most = most};
}

// What the most of a reading says counts with the next.
Bytes known_after(const HighWater::Reading& reading, HighWater water = {}) {
  (void)water.note(reading);
  return water.note(reading);
}

TEST(HighWater, TheFirstReadingSaysWhatIsThereAndWhatIsGone) {
  EXPECT_EQ(HighWater{}.note(reading(10_MiB, 5_MiB, 15_MiB)), 10_MiB);
  EXPECT_EQ(known_after(reading(10_MiB, 5_MiB, 25_MiB)), 20_MiB);
}

TEST(HighWater, WhatCameAndWentBetweenTwoReadingsIsSeen) {
  HighWater water;
  (void)water.note(reading(10_MiB, 50_MiB, 60_MiB));
  EXPECT_EQ(water.note(reading(10_MiB, 50_MiB, 160_MiB)), 10_MiB);
  EXPECT_EQ(water.note(reading(10_MiB, 50_MiB, 160_MiB)), 110_MiB);
  EXPECT_EQ(water.note(reading(10_MiB, 50_MiB, 160_MiB)), 10_MiB);
}

TEST(HighWater, FilesCountAsTheyWereWhenTheyWereMost) {
  HighWater water;
  (void)water.note(reading(10_MiB, 440_MiB, 450_MiB));
  (void)water.note(reading(10_MiB, 0_MiB, 450_MiB));
  EXPECT_EQ(known_after(reading(10_MiB, 0_MiB, 470_MiB), water), 30_MiB);
}

// A rustc of a library that lives 58 ms, read every 5 ms: it maps the rlib of std page by page and lets it go at once.
// The pages that were mapped in between counted as its own: 20 MiB of 14, and 23 in another build.
TEST(HighWater, FilesUnmappedBetweenTwoReadingsAreNoMemoryOfTheJob) {
  HighWater water;
  EXPECT_EQ(water.note(reading(12_MiB, 75_MiB, 88_MiB)), 12_MiB);
  EXPECT_EQ(water.note(reading(13_MiB, 81_MiB, 95_MiB)), 13_MiB);
  EXPECT_EQ(water.note(reading(14_MiB, 74_MiB, 101_MiB)), 14_MiB);
  EXPECT_EQ(water.note(reading(13_MiB, 64_MiB, 101_MiB)), 14_MiB);
}

// The same library, a look falling into the unmapping: what is unmapped after it was counted, as 22 MiB of 15.
TEST(HighWater, FilesUnmappedUntilTheNextReadingAreNoMemoryOfTheJobEither) {
  HighWater water;
  (void)water.note(reading(13_MiB, 77_MiB, 90_MiB));
  (void)water.note(reading(14_MiB, 84_MiB, 98_MiB));
  EXPECT_EQ(water.note(reading(14_MiB, 85_MiB, 107_MiB)), 14_MiB);
  HighWater ended = water;
  EXPECT_EQ(water.note(reading(8_MiB, 65_MiB, 107_MiB)), 13_MiB);
  EXPECT_EQ(ended.note({}), 0_MiB);
}

TEST(HighWater, MoreThanTheUnmappedFilesExplainCounts) {
  HighWater water;
  (void)water.note(reading(10_MiB, 50_MiB, 60_MiB));
  EXPECT_EQ(known_after(reading(10_MiB, 46_MiB, 160_MiB), water), 106_MiB);
}

TEST(HighWater, AnotherProgramBeginsAnew) {
  HighWater water;
  (void)water.note(reading(10_MiB, 90_MiB, 100_MiB));
  EXPECT_EQ(known_after(reading(20_MiB, 10_MiB, 40_MiB), water), 30_MiB);
}

// Page tables are freed with what they mapped. Taken into the most, they made it fall, and that looked like an exec:
// the files that had been mapped were forgotten, and counted as 40 MiB of the job.
TEST(HighWater, NeitherPageTablesNorInexactCountersAreAnotherProgram) {
  HighWater water;
  (void)water.note({.memory = 99_MiB, .page_tables = 1_MiB, .file = 80_MiB, .most = 178_MiB});
  (void)water.note({.memory = 98_MiB, .page_tables = 0_MiB, .file = 40_MiB, .most = Bytes{182'272'000}});
  EXPECT_EQ(known_after({.memory = 98_MiB, .page_tables = 0_MiB, .file = 40_MiB, .most = 179_MiB}, water), 99_MiB);
}

TEST(HighWater, PageTablesAreCounted) {
  EXPECT_EQ(known_after({.memory = 10_MiB, .page_tables = 1_MiB, .file = 5_MiB, .most = 25_MiB}), 21_MiB);
}

TEST(HighWater, CountersThatAreNotReadAtOneInstantGiveNoLessThanWhatIsThere) {
  EXPECT_EQ(HighWater{}.note(reading(10_MiB, 5_MiB, 1_MiB)), 10_MiB);
}

}  // namespace
}  // namespace memguard::supervisor
