#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace memguard::cli {
namespace {

std::string fold(std::string_view text, int columns, int hang = 0) {
  return folded(TerminalText::own_lines(text), columns, hang).text();
}

TEST(Folded, LinesThatFitStayAsTheyAre) { EXPECT_EQ(fold("one\n\n  two three\n", 40), "one\n\n  two three\n"); }

TEST(Folded, ALineBreaksAtTheLastBlankThatFits) {
  EXPECT_EQ(fold("jobs wait for memory until there is enough of it\n", 30),
            "jobs wait for memory until\nthere is enough of it\n");
  EXPECT_EQ(fold("jobs wait for memory, until 30 is full\n", 30), "jobs wait for memory, until 30\nis full\n");
}

TEST(Folded, WhatBelongsToAnItemGoesOnBelowItsText) {
  EXPECT_EQ(fold("  1. Give it more memory, or a machine\n", 30), "  1. Give it more memory, or a\n     machine\n");
  EXPECT_EQ(fold("exec gate yes: a process was held at its exec\n", 30, 10),
            "exec gate yes: a process was\n          held at its exec\n");
}

TEST(Folded, AWordThatIsTooLongHasALineOfItsOwn) {
  EXPECT_EQ(fold("a/very/long/path/of/forty/letters/is/here and more of it\n", 30),
            "a/very/long/path/of/forty/letters/is/here\nand more of it\n");
}

TEST(Folded, RowsOfATableStayAsTheyAre) {
  const std::string row = "rustc  heavy_catalogue 0.1.0  253 MiB    277 MiB\n";
  EXPECT_EQ(fold(row, 30), row);
}

TEST(Folded, ATerminalOfOneColumnEndsToo) { EXPECT_FALSE(fold("a few words that are longer\n", 1, 200).empty()); }

}  // namespace
}  // namespace memguard::cli
