#include "config/pattern.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace memguard::config {
namespace {

TEST(PatternTest, without_a_star_it_is_the_whole_text) {
  EXPECT_TRUE(matches("app", "app"));
  EXPECT_FALSE(matches("app", "apps"));
  EXPECT_FALSE(matches("app", "my-app"));
  EXPECT_FALSE(matches("app", ""));
  EXPECT_FALSE(matches("a?p", "app"));
  EXPECT_FALSE(matches("App", "app"));
}

TEST(PatternTest, an_empty_one_asks_for_nothing) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("", "app"));
}

TEST(PatternTest, a_star_stands_for_any_characters) {
  for (const auto* pattern : {"*", "**", "a*", "*p", "a*p", "*p*", "*app*", "a*p*p"})
    EXPECT_TRUE(matches(pattern, "app")) << pattern;
  for (const auto* pattern : {"b*", "*b", "a*b", "*pa", "app*p", "ap*p*p"})
    EXPECT_FALSE(matches(pattern, "app")) << pattern;
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*ab", "aab"));  // the first try of the star is wrong
  EXPECT_TRUE(matches("*ab*ac", "xabaabac"));
}

// What it means, with no care for the time it takes.
bool plainly(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return plainly(pattern.substr(1), text) || (!text.empty() && plainly(pattern, text.substr(1)));
  return !text.empty() && pattern[0] == text[0] && plainly(pattern.substr(1), text.substr(1));
}

TEST(PatternTest, it_agrees_with_what_a_star_means) {
  EXPECT_TRUE(rc::check("same as by its definition", [] {
    const auto letters = [](const char* from) {
      return rc::gen::container<std::string>(rc::gen::elementOf(std::string(from)));
    };
    const auto pattern = *letters("ab**");
    const auto text = *letters("ab");
    if (pattern.empty() || pattern.size() > 12 || text.size() > 12) return;
    RC_ASSERT(matches(pattern, text) == plainly(pattern, text));
  }));
}

TEST(PatternTest, many_stars_take_no_long_time) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace memguard::config
