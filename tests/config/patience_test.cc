#include "config/patience.h"

#include <gtest/gtest.h>

namespace memguard::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Patience, IsReadWithItsUnitAndWithoutOneInSeconds) {
  EXPECT_EQ(parse_time("10s"), Duration(seconds(10)));
  EXPECT_EQ(parse_time("10"), Duration(seconds(10)));
  EXPECT_EQ(parse_time("0"), Duration{});
  EXPECT_EQ(parse_time("1.5s"), Duration(milliseconds(1500)));
  EXPECT_EQ(parse_time("500ms"), Duration(milliseconds(500)));
  EXPECT_EQ(parse_time("2min"), Duration(seconds(120)));
  EXPECT_EQ(parse_time("1H"), Duration(seconds(3600)));
}

TEST(Patience, WhatIsNoTimeIsRefusedWithWhatToWrite) {
  for (const char* text : {"", "s", "-1s", "1e9", "inf", "nan", "1.2.3s", " 1s"})
    EXPECT_FALSE(parse_time(text)) << text;
  EXPECT_EQ(parse_time("soon").error().text(), "'soon' is no time. Write a time such as 10s, 500ms or 2min.");
  EXPECT_EQ(parse_time("3d").error().text(), "time '3d': unknown unit 'd'. Use ms, s, min or h.");
  EXPECT_FALSE(parse_time("99999999999999h"));
}

TEST(Patience, IsShownAsItIsRead) {
  for (const char* text : {"10s", "0.5s", "120s"}) EXPECT_EQ(to_text(parse_time(text).value()), text);
}

}  // namespace
}  // namespace memguard::config
