#include "base/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace memguard {
namespace {

using namespace memguard::units;  // NOLINT(google-build-using-namespace): the literals

TEST(Sizes, LiteralsArePowersOfTwo) {
  EXPECT_EQ(1_KiB, 1024_B);
  EXPECT_EQ(1_MiB, 1024.0 * 1_KiB);
  EXPECT_EQ((2_GiB).count, 2147483648);
}

TEST(Sizes, AreAddedAndComparedAsNumbers) {
  EXPECT_EQ(3_MiB - 1_MiB, 2_MiB);
  EXPECT_EQ((1_MiB - 3_MiB).count, -2097152);
  EXPECT_LT(1_MiB, 1_GiB);
  Bytes sum;
  sum += 5_B;
  sum -= 2_B;
  EXPECT_EQ(sum, 3_B);
}

TEST(Sizes, OfRoundsTowardsZero) {
  EXPECT_EQ(Bytes::of(2.9), 2_B);
  EXPECT_EQ(Bytes::of(-2.9).count, -2);
}

TEST(Sizes, OfWhatNoSizeHoldsIsTheNearest) {
  EXPECT_TRUE(Bytes::of(0x1p63).is_unlimited());
  EXPECT_TRUE((80.0 * Bytes::unlimited()).is_unlimited());
  EXPECT_LT(Bytes::of(-0x1p70), Bytes::of(-0x1p62));
  EXPECT_EQ(Bytes::of(std::numeric_limits<double>::quiet_NaN()), 0_B);
}

TEST(Sizes, UnlimitedIsTheLargest) {
  EXPECT_TRUE(Bytes::unlimited().is_unlimited());
  EXPECT_FALSE((1_GiB).is_unlimited());
  EXPECT_GT(Bytes::unlimited(), 1000.0 * 1_GiB);
}

TEST(SizeText, HasThreeDigitsForPeople) {
  EXPECT_EQ(to_text(Bytes{}), "0 B");
  EXPECT_EQ(to_text(1023_B), "1023 B");
  EXPECT_EQ(to_text(16_KiB), "16 KiB");
  EXPECT_EQ(to_text(312_MiB), "312 MiB");
  EXPECT_EQ(to_text(1.5 * 1_MiB), "1.5 MiB");
  EXPECT_EQ(to_text(7.4 * 1_GiB), "7.4 GiB");
  EXPECT_EQ(to_text(5000.0 * 1_GiB), "4.9 TiB");
  EXPECT_EQ(to_text(1_MiB - 3_MiB), "-2.0 MiB");
  EXPECT_EQ(to_text(Bytes::unlimited()), "unlimited");
}

TEST(SizeText, OfAPartSaysAUnitOnceWhereItIsTheSame) {
  EXPECT_EQ(part_text(312_MiB, 700_MiB), "312 of 700 MiB");
  EXPECT_EQ(part_text(312_MiB, 8_GiB), "312 MiB of 8.0 GiB");
  // "B" ends "KiB", too.
  EXPECT_EQ(part_text(5_B, 8_KiB), "5 B of 8 KiB");
  EXPECT_EQ(part_text(312_MiB, Bytes::unlimited()), "312 MiB");
}

TEST(DurationText, GrowsCoarserWithLength) {
  using std::chrono::milliseconds;
  EXPECT_EQ(to_text(Duration{}), "0 ms");
  EXPECT_EQ(to_text(milliseconds(350)), "350 ms");
  EXPECT_EQ(to_text(milliseconds(4200)), "4.2 s");
  EXPECT_EQ(to_text(milliseconds(41000)), "41 s");
  EXPECT_EQ(to_text(std::chrono::minutes(12)), "12 min");
}

TEST(Instants, AreSecondsOfTheBuild) {
  EXPECT_DOUBLE_EQ(seconds(Instant(std::chrono::milliseconds(1500))), 1.5);
  EXPECT_DOUBLE_EQ(seconds(Instant(std::chrono::seconds(3)) - Instant(std::chrono::seconds(1))), 2.0);
}

}  // namespace
}  // namespace memguard
