#include "base/result.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace memguard {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail("halve an odd number", EINVAL, "Give an even one.");
  return number / 2;
}

Result<int> quarter(int number) {
  auto first = half(number);
  if (!first) return pass(std::move(first.error()), "quarter");
  return half(*first);
}

TEST(Results, HoldTheValueOrTheError) {
  EXPECT_EQ(*half(4), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error().code, EINVAL);
}

TEST(Results, PassingOnPutsTheStepInFront) {
  EXPECT_EQ(quarter(3).error().what, "quarter: halve an odd number");
  EXPECT_EQ(quarter(3).error().code, EINVAL);
  EXPECT_EQ(quarter(3).error().hint, "Give an even one.");
}

TEST(Errors, ReadAsOneLine) {
  EXPECT_EQ(Error({"open /x", EACCES, "Run as root."}).text(), "open /x: Permission denied. Run as root.");
  EXPECT_EQ(Error({"parse size '12Q'", 0, ""}).text(), "parse size '12Q'");
}

TEST(Errors, EmptyStepAddsNothing) { EXPECT_EQ(Error({"open /x", 0, ""}).in("").what, "open /x"); }

TEST(Errors, FirstHintStays) {
  EXPECT_EQ(Error({"a", 0, ""}).advise("first").hint, "first");
  EXPECT_EQ(Error({"a", 0, "first"}).advise("second").hint, "first");
}

TEST(Errors, ErrnoIsTaken) {
  errno = ENOSPC;
  const auto error = fail_errno("write", "/x").value();
  EXPECT_EQ(error.code, ENOSPC);
  EXPECT_EQ(error.what, "write /x");
  errno = EPERM;
  EXPECT_EQ(fail_errno("fork").value().what, "fork");
}

TEST(Errors, GoneIsWhatNoLongerExists) {
  for (const int code : {ENOENT, ESRCH, ENODEV}) EXPECT_TRUE(Error({"", code, ""}).gone());
  for (const int code : {0, EACCES, EBUSY, EIO}) EXPECT_FALSE(Error({"", code, ""}).gone());
}

TEST(ErrorTest, passed_on_it_keeps_its_errno_and_its_hint) {
  const Result<int> refused = fail("parse size '12Q'", EINVAL, "Use 3GiB.");
  const Result<std::string> passed = pass(refused.error(), "--memory");
  EXPECT_EQ(passed.error().what, "--memory: parse size '12Q'");
  EXPECT_EQ(passed.error().code, EINVAL);
  EXPECT_EQ(passed.error().hint, "Use 3GiB.");
}

}  // namespace
}  // namespace memguard
