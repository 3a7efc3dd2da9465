#include "cargo/output_of.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cargo/metadata.h"

namespace memguard::cargo {
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

// The manifest is in memory only, and whether its cargo was asked is told by its not being there.
class Metadata : public testing::Test {
 protected:
  std::string manifest_ = "[package.metadata.memguard]";
  Surroundings at_{{}, "/nowhere", [this](const std::string& path) -> Result<std::string> {
                     if (path != "/nowhere/Cargo.toml") return fail("read", ENOENT);
                     return manifest_;
                   }};
};

TEST_F(Metadata, CargoIsAskedOnlyWhereAManifestMayHaveSomethingForUs) {
  EXPECT_FALSE(metadata(at_, {"/no/such/cargo", "build"}));  // asked, and not there
  manifest_ = "[package]";
  EXPECT_EQ(metadata(at_, {"/no/such/cargo", "build"}).value(), "");
  manifest_ = "[package.metadata.memguard]";
  EXPECT_EQ(metadata(at_, {"/no/such/make"}).value(), "");
  EXPECT_EQ(metadata(at_, {"/no/such/cargo", "build", "--manifest-path", "/else/Cargo.toml"}).value(), "");
  at_.working_directory = "";
  EXPECT_EQ(metadata(at_, {"/no/such/cargo", "build"}).value(), "");
}

}  // namespace
}  // namespace memguard::cargo
