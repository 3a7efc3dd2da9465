#include "policy/need.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace memguard::policy {
namespace {

using namespace units;

Need of(Bytes growth, bool known) {
  return {
      .growth = growth, .known = known ? growth : Bytes{}, .known_squares = known ? growth.real() * growth.real() : 0};
}

TEST(Need, WhatIsInSwapComesBackWhatIsToGrowCountsByItsShare) {
  const Need need{.back = 30_MiB, .growth = 100_MiB};
  EXPECT_EQ(need.in_full(), 130_MiB);
  EXPECT_EQ(need.set_aside({.of_all = 0.5}), 80_MiB);
  EXPECT_EQ(need.set_aside({.of_all = 1.3}), 160_MiB);
}

TEST(Need, TheFewerAreKnownTheMoreIsSetAsideForEach) {
  Need four;
  for (int i = 0; i < 4; ++i) four += of(100_MiB, true);
  const Shares shares{.of_all = 0.5, .of_few_known = 0.8};
  EXPECT_EQ(of(100_MiB, true).set_aside(shares), 90_MiB);
  EXPECT_EQ(four.set_aside(shares), 280_MiB);
  EXPECT_EQ(of(100_MiB, false).set_aside(shares), 50_MiB);
}

TEST(Need, AllThatIsKnownIsSetAsideWhereThatIsAskedFor) {
  const Need need = of(100_MiB, true) + of(100_MiB, true) + of(50_MiB, false);
  EXPECT_EQ(need.set_aside({.of_all = 0.5, .all_known = true}), 225_MiB);
  EXPECT_EQ(need.set_aside({.of_all = 1.2, .all_known = true}), 300_MiB);
}

TEST(Need, NothingIsSetAsideBeyondWhatAllNeed) {
  const Shares more_than_all{.of_all = 1.2, .of_few_known = 0.5};
  EXPECT_EQ(of(100_MiB, true).set_aside(more_than_all), 120_MiB);
  EXPECT_EQ(of(100_MiB, true).set_aside({.of_all = 0.6, .of_few_known = 1}), 100_MiB);
}

TEST(Need, WhoLeavesTakesHisShareWithHim) {
  // Sizes whose squares no double holds exactly.
  const Bytes sizes[] = {4_GiB + 1_B, 123456789_B, 7_B};
  Need sum;
  for (const Bytes size : sizes) sum += of(size, true);
  for (const Bytes size : sizes) sum -= of(size, true);
  EXPECT_EQ(sum.in_full(), 0_B);
  EXPECT_LT(sum.set_aside({.of_all = 0.6, .of_few_known = 0.5}), 4_KiB);
}

}  // namespace
}  // namespace memguard::policy
