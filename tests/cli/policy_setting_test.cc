#include "cli/policy_setting.h"

#include <sstream>
#include <string>
#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/settings_fields.h"

namespace memguard::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string refused(std::string_view words) {
  policy::Settings settings;
  const auto done = set_policy(settings, words);
  return done ? "nothing" : done.error().text();
}

TEST(PolicySetting, EachKindIsReadWithItsUnit) {
  policy::Settings settings;
  for (const char* words : {"margin=0.125", "courses_most=0", "at_once=32MiB", "backfill=2.5s", "start_gap=300ms",
                            "processor_free=-1000", "alpha_most=1e3"})
    EXPECT_TRUE(set_policy(settings, words)) << words;
  EXPECT_EQ(settings.margin, 0.125);
  EXPECT_EQ(settings.courses_most, 0);
  EXPECT_EQ(settings.at_once, Bytes{32 << 20});
  EXPECT_EQ(settings.backfill, Duration(2500ms));
  EXPECT_EQ(settings.start_gap, Duration(300ms));
  EXPECT_EQ(settings.processor_free, -1000);
  EXPECT_EQ(settings.alpha_most, 1000);
}

TEST(PolicySetting, TheListHasEachConstantAsItIsTyped) {
  const std::string list = list_of_constants().text();
  EXPECT_THAT(list, HasSubstr("margin 0.02\n"));
  EXPECT_THAT(list, HasSubstr("at_once 16MiB\n"));
  EXPECT_THAT(list, HasSubstr("backfill 5s\n"));
  policy::Settings settings;
  std::istringstream lines(list);
  std::size_t constants = 0;
  for (std::string name, value; lines >> name >> value; ++constants)
    EXPECT_TRUE(set_policy(settings, fmt::format("{}={}", name, value))) << name << " " << value;
  // All but the sizes of classes, which have no single value.
  EXPECT_EQ(constants, std::tuple_size_v<decltype(record::kSettingsFields)> - 1);
}

TEST(PolicySetting, WhatHasNoSenseIsRefusedWithAWayOut) {
  EXPECT_THAT(refused("margin"), HasSubstr("Use --set backfill=2s"));
  EXPECT_THAT(refused("margn=1"), HasSubstr("Did you mean margin?"));
  EXPECT_THAT(refused("zzzzzz=1"), HasSubstr("policy/settings.h"));
  for (const char* words :
       {"margin=", "margin=x", "margin=1x", "margin=nan", "margin=inf", "courses_most=1.5", "courses_most=99999999999",
        "at_once=1Q", "at_once=50%", "backfill=2", "backfill=-1s", "backfill=s", "backfill=1e30s"})
    EXPECT_THAT(refused(words), HasSubstr("is no value for it")) << words;
  EXPECT_THAT(refused("unknown_peak_of_class=1MiB"), HasSubstr("Set unknown_peak"));
  EXPECT_THAT(refused("a\x1b[31m=1"), ::testing::Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace memguard::cli
