#include <array>

#include <gtest/gtest.h>

#include "config/nearest.h"
#include "config/quote.h"

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

TEST(PrintableTest, ordinary_text_stays_as_it_is) {
  EXPECT_EQ(printable("memory 3GiB \xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x80"),
            "memory 3GiB \xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x80");
}

TEST(PrintableTest, what_drives_a_terminal_or_is_no_utf8_is_spelled_out) {
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(printable("a\nb\x7f"), "a\\x0ab\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J");  // U+009B is CSI
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");
}

TEST(PrintableTest, long_text_is_cut) { EXPECT_EQ(printable(std::string(200, 'x')), std::string(80, 'x') + "..."); }

}  // namespace
}  // namespace memguard::config
