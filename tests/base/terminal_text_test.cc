#include "base/terminal_text.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace memguard {
namespace {

const std::string kForged = "a\nmemguard: all is well\x1b[2J";
const std::string kShown = "a\\x0amemguard: all is well\\x1b[2J";

TEST(TerminalTextTest, what_comes_from_outside_drives_no_terminal_and_begins_no_line) {
  const std::string_view view = kForged;
  EXPECT_EQ(terminal_text("{}\n", kForged).text(), kShown + "\n");
  EXPECT_EQ(terminal_text("{}\n", view).text(), kShown + "\n");
  EXPECT_EQ(terminal_text("{}\n", kForged.c_str()).text(), kShown + "\n");
}

TEST(TerminalTextTest, widths_and_numbers_are_those_of_the_format) {
  EXPECT_EQ(terminal_text("{:<5}|{:>4}|{:.2f} {}", "ab", 7, 1.5, true).text(), "ab   |   7|1.50 true");
  EXPECT_EQ(terminal_text("{:<{}}|", std::string("ab"), std::size_t{4}).text(), "ab  |");
}

TEST(TerminalTextTest, what_is_fit_already_is_taken_as_it_is) {
  const auto lines = terminal_text("one\n") + terminal_text("two\n");
  EXPECT_EQ(terminal_text("{}three\n", lines).text(), "one\ntwo\nthree\n");
}

TEST(TerminalTextTest, nothing_else_makes_one) {
  EXPECT_FALSE((std::is_constructible_v<TerminalText, std::string>));
  EXPECT_FALSE((std::is_constructible_v<TerminalText, const char*>));
  EXPECT_FALSE((std::is_assignable_v<TerminalText&, std::string>));
}

TEST(TerminalTextTest, lines_of_our_own_keep_their_ends_only) {
  EXPECT_EQ(TerminalText::own_lines("usage\n\n  --x\x1b[2J\n").text(), "usage\n\n  --x\\x1b[2J\n");
}

}  // namespace
}  // namespace memguard
