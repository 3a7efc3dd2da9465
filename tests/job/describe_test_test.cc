// What test binaries and programs found by their size are described as.
#include <gtest/gtest.h>

#include "job/describe.h"

namespace memguard::job {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kBinary = "/t/target/debug/deps/heavy_kit-0123456789abcdef";
constexpr const char* kDoctest = "/tmp/rustdoctestXgcBr2/rust_out";
const Strings kCargo{"CARGO_MANIFEST_DIR=/w/kit", "CARGO_PKG_NAME=heavy-kit", "CARGO_PKG_VERSION=0.1.0",
                     "CARGO_CRATE_NAME=heavy_kit"};

Description test(const char* path, const Strings& options = {}, const Strings& environment = kCargo) {
  Strings arguments{path};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return describe("test", path, arguments, environment);
}

Strings cargo_and(const char* more) {
  Strings all = kCargo;
  all.emplace_back(more);
  return all;
}

TEST(DescribeTest, IsKnownByItsCrateAndPackage) {
  const auto job = test(kBinary);
  const Unit expected{.job_class = "test",
                      .name = "heavy_kit",
                      .version = "0.1.0",
                      .kind = "test",
                      .profile = {},
                      .target = {},
                      .compiler = {}};
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.unit, expected);
  EXPECT_EQ(job.crate, "heavy_kit");
  EXPECT_EQ(job.package, "heavy-kit");
  EXPECT_EQ(job.output, "heavy_kit") << "what messages call it";
}

TEST(DescribeTest, OfOneNameInSeveralPackagesIsKnownByTheirs) {
  EXPECT_EQ(test("/t/deps/cli-0123456789abcdef").unit.name, "heavy_kit/cli");
  EXPECT_EQ(test("/t/deps/cli-0123456789abcdef", {}, {"CARGO_MANIFEST_DIR=/w"}).unit.name, "cli");
}

TEST(DescribeTest, OfNextestIsKnownByTheOneTestItRuns) {
  EXPECT_EQ(test(kBinary, {"--exact", "tests::large", "--nocapture"}).unit.name, "heavy_kit tests::large");
  EXPECT_EQ(test(kBinary, {"tests::large", "--exact", "--nocapture"}).unit.name, "heavy_kit tests::large");
  EXPECT_EQ(test(kBinary, {"tests::large", "--exact", "--skip", "x"}).unit.name, "heavy_kit tests::large");
  EXPECT_EQ(test(kBinary, {"--exact"}).unit.name, "heavy_kit");
  EXPECT_EQ(test(kBinary, {"tests::la"}).unit.name, "heavy_kit") << "a filter is not one test";
}

TEST(DescribeTest, ABenchNeedsSomethingElse) { EXPECT_EQ(test(kBinary, {"--bench"}).unit.kind, "bench"); }

TEST(DescribeTest, AListOfTestsIsNoWork) {
  EXPECT_FALSE(test(kBinary, {"--list"}).works);
  EXPECT_FALSE(test(kBinary, {"--list", "--format", "terse", "--ignored"}).works);
}

TEST(DescribeTest, ItIsOneOnlyIfCargoRunsIt) {
  EXPECT_FALSE(test(kBinary, {}, {"PATH=/bin"}).works);
  EXPECT_TRUE(test(kBinary, {}, {"CARGO_PKG_NAME=a"}).works);
  EXPECT_TRUE(test(kBinary, {}, {"CARGO_MANIFEST_DIR=/w"}).works);
  EXPECT_FALSE(test(kDoctest, {}, {"PATH=/bin"}).works);
}

TEST(DescribeTest, WhatAUserCallsOneNeedsNoCargo) {
  const auto job = test("/w/build/unit_tests-1.2", {}, {});
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.unit.name, "unit_tests");
}

TEST(DescribeTest, DoctestsOfACrateAreOneUnit) {
  const auto job = test(kDoctest);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.unit.name, "heavy_kit doctest");
  EXPECT_EQ(job.unit.kind, "test");
}

TEST(DescribeTest, ADoctestThatOnlyRunsTheOthersIsNoWork) {
  EXPECT_FALSE(test(kDoctest, {}, cargo_and("RUSTDOC_DOCTEST_BIN_PATH=/tmp/x/rust_out")).works);
  Strings one = cargo_and("RUSTDOC_DOCTEST_BIN_PATH=/tmp/x/rust_out");
  one.emplace_back("RUSTDOC_DOCTEST_RUN_NB_TEST=3");
  EXPECT_TRUE(test(kDoctest, {}, one).works);
}

TEST(DescribeTest, WithoutArgumentsItHasAName) {
  EXPECT_EQ(describe("test", kBinary, {}, kCargo).unit.name, "heavy_kit");
}

// Of fifteen `as` of a make build each is of one source.
TEST(DescribeOther, WhatItWritesIsTold) {
  EXPECT_EQ(describe("other", "/usr/bin/as", {"as", "--64", "-o", "build/src/u2.o", "/tmp/ccDWqf5M.s"}, {}).output,
            "src/u2.o");
  EXPECT_EQ(describe("other", "/usr/bin/as", {"as", "-o", "/tmp/ccDWqf5M.o"}, {}).output, "");
}

TEST(DescribeOther, IsKnownByItsProgramAlone) {
  const auto job = describe("other", "/usr/bin/python3.11", {"python3", "gen.py", "-o", "a.c"}, kCargo);
  const Unit expected{
      .job_class = "other", .name = "python", .version = {}, .kind = {}, .profile = {}, .target = {}, .compiler = {}};
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.unit, expected);
  EXPECT_EQ(job.output, "a.c");
  EXPECT_FALSE(describe("other", "/usr/bin/node", {"node", "--version"}, {}).works);
}

}  // namespace
}  // namespace memguard::job
