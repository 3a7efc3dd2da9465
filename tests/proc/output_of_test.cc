#include "proc/output_of.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::proc {
namespace {

using testing::HasSubstr;

// Longer than any test may take: these commands end by themselves.
constexpr Duration kLong = std::chrono::hours(1);

TEST(OutputOf, IsAllThatWasWritten) {
  EXPECT_EQ(output_of({"sh", "-c", "echo one; echo two"}, kLong).value(), "one\ntwo\n");
  EXPECT_EQ(output_of({"head", "-c", "300000", "/dev/zero"}, kLong).value().size(), 300000U);
}

TEST(OutputOf, HasNoStderrAndNothingToRead) {
  EXPECT_EQ(output_of({"sh", "-c", "echo bad >&2; cat; exit 3"}, kLong).value(), "");
}

TEST(OutputOf, WhatDoesNotEndIsKilled) {
  const auto output = output_of({"sleep", "infinity"}, std::chrono::milliseconds(1));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().text(), "sleep infinity: it took too long");
}

TEST(OutputOf, OutputWithoutEndIsAnError) {
  const auto output = output_of({"cat", "/dev/zero"}, kLong);
  ASSERT_FALSE(output);
  EXPECT_THAT(output.error().text(), HasSubstr("does not end"));
}

TEST(OutputOf, WhatCannotBeStartedIsAnError) {
  const auto output = output_of({"/no/such/cargo"}, kLong);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().text(), "/no/such/cargo: start it: No such file or directory");
}

}  // namespace
}  // namespace memguard::proc
