#include <array>
#include <string>

#include <gtest/gtest.h>

#include "config/nearest.h"

namespace memguard::config {
namespace {

constexpr std::array<std::string_view, 5> kKnown{"memory", "keep-free", "swap", "gate", "quiet"};

TEST(NearestTest, distance_counts_each_slip_of_the_finger_once) {
  EXPECT_EQ(edit_distance("memory", "memory"), 0U);
  EXPECT_EQ(edit_distance("memroy", "memory"), 1U);  // swapped
  EXPECT_EQ(edit_distance("memry", "memory"), 1U);
  EXPECT_EQ(edit_distance("memoory", "memory"), 1U);
  EXPECT_EQ(edit_distance("nemory", "memory"), 1U);
  EXPECT_EQ(edit_distance("MEMORY", "memory"), 0U);
  EXPECT_EQ(edit_distance("", "swap"), 4U);
  EXPECT_EQ(edit_distance("swap", ""), 4U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(NearestTest, a_mistyped_word_finds_the_known_one) {
  EXPECT_EQ(nearest("memroy", kKnown), "memory");
  EXPECT_EQ(nearest("keep_free", kKnown), "keep-free");
  EXPECT_EQ(nearest("Gate", kKnown), "gate");
  EXPECT_EQ(nearest("quite", kKnown), "quiet");
}

TEST(NearestTest, a_word_far_from_all_finds_nothing) {
  EXPECT_EQ(nearest("colour", kKnown), std::nullopt);
  EXPECT_EQ(nearest("run", kKnown), std::nullopt);
  EXPECT_EQ(nearest("", kKnown), std::nullopt);
  EXPECT_EQ(nearest(std::string(1 << 20, 'm'), kKnown), std::nullopt);
  EXPECT_EQ(nearest("memory", {}), std::nullopt);
}

TEST(NearestTest, the_nearest_of_several_wins) {
  constexpr std::array<std::string_view, 3> kWords{"swaps", "swap", "snap"};
  EXPECT_EQ(nearest("swpa", kWords), "swap");
  EXPECT_EQ(nearest("swaq", kWords), "swap");
}

}  // namespace
}  // namespace memguard::config
