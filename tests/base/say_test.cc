#include "base/say.h"

#include <gtest/gtest.h>

namespace memguard {
namespace {

template <class Say>
std::string written(Say said) {
  testing::internal::CaptureStderr();
  said();
  return testing::internal::GetCapturedStderr();
}

TEST(SayTest, a_line_is_one_line_whatever_is_in_it) {
  const std::string line = "rustc a\nmemguard: forged \x1b]0;title\x07";
  const std::string shown = "memguard: rustc a\\x0amemguard: forged \\x1b]0;title\\x07\n";
  EXPECT_EQ(written([&] { say(line); }), shown);
  EXPECT_EQ(written([&] { say_at_once(line); }), shown);
}

}  // namespace
}  // namespace memguard
