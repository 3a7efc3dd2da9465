#include "base/printable.h"

#include <gtest/gtest.h>

namespace memguard {
namespace {

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

TEST(PrintableTest, what_turns_a_line_round_or_is_an_overlong_form_is_spelled_out) {
  EXPECT_EQ(printable("\xe2\x80\xae rtl"), "\\xe2\\x80\\xae rtl");
  EXPECT_EQ(printable("\xe2\x81\xa6\xe2\x80\xa8"), "\\xe2\\x81\\xa6\\xe2\\x80\\xa8");
  EXPECT_EQ(printable("\xc0\x9b\xe0\x80\x9b"), "\\xc0\\x9b\\xe0\\x80\\x9b");
  EXPECT_EQ(printable("\xed\xa0\x80\xf4\x90\x80\x80"), "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
}

TEST(PrintableTest, long_text_is_cut) { EXPECT_EQ(printable(std::string(200, 'x')), std::string(80, 'x') + "..."); }
TEST(PrintableTest, where_it_is_cut_can_be_said) { EXPECT_EQ(printable("four", 3), "fou..."); }

}  // namespace
}  // namespace memguard
