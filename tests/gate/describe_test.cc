#include "gate/describe.h"

#include <gtest/gtest.h>

namespace memguard::gate {
namespace {

using Strings = std::vector<std::string>;

// As cargo 1.95 calls it, shortened.
const Strings kLibrary{"rustc",
                       "--crate-name",
                       "heavy_kit",
                       "--edition=2021",
                       "crates/kit/src/lib.rs",
                       "--crate-type",
                       "lib",
                       "--emit=dep-info,metadata,link",
                       "-C",
                       "opt-level=3"};
const Strings kCargoEnvironment{"PATH=/usr/bin", "CARGO_CRATE_NAME=other", "CARGO_PKG_VERSION=0.1.0",
                                "CARGO_PKG_VERSION_MAJOR=0"};

Strings with(Strings arguments, const Strings& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(DescribeRustc, TakesTheCrateFromItsArgumentsAndTheVersionFromCargo) {
  const auto job = describe_job("rustc", kLibrary, kCargoEnvironment);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.crate, "heavy_kit");
  EXPECT_EQ(job.version, "0.1.0");
  EXPECT_EQ(job.output, "lib");
}

TEST(DescribeRustc, FallsBackToCargosCrateName) {
  const auto job = describe_job("rustc", {"rustc", "@/tmp/arguments"}, kCargoEnvironment);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.crate, "other");
}

TEST(DescribeRustc, ProbesAreNoWork) {
  EXPECT_FALSE(describe_job("rustc", {"rustc", "-vV"}, {}).works);
  EXPECT_FALSE(describe_job("rustc", {"rustc", "-", "--crate-name", "___", "--print=file-names"}, {}).works);
  EXPECT_FALSE(describe_job("rustc", {"rustc"}, {}).works);
  EXPECT_FALSE(describe_job("rustc", {}, {}).works);
}

TEST(DescribeRustc, ALibraryStartsNoLinker) { EXPECT_FALSE(describe_job("rustc", kLibrary, {}).will_link); }

TEST(DescribeRustc, ABinaryATestAndAProcMacroStartOne) {
  const Strings base{"rustc", "src/main.rs", "--emit=dep-info,link"};
  EXPECT_TRUE(describe_job("rustc", with(base, {"--crate-type", "bin"}), {}).will_link);
  EXPECT_TRUE(describe_job("rustc", with(base, {"--crate-type=proc-macro"}), {}).will_link);
  EXPECT_TRUE(describe_job("rustc", with(base, {"--test"}), {}).will_link);
  EXPECT_EQ(describe_job("rustc", with(base, {"--test"}), {}).output, "test");
}

TEST(DescribeRustc, CargoCheckOfABinaryStartsNone) {
  const Strings check{"rustc", "src/main.rs", "--crate-type", "bin", "--emit=dep-info,metadata"};
  EXPECT_FALSE(describe_job("rustc", check, {}).will_link);
}

TEST(DescribeLink, NamesItsOutput) {
  const auto job = describe_job("link", {"ld", "-plugin", "x", "-o", "target/app", "a.o"}, kCargoEnvironment);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.output, "target/app");
  EXPECT_EQ(job.crate, "other");
}

TEST(DescribeLink, AskingForTheVersionIsNoWork) {
  EXPECT_FALSE(describe_job("link", {"ld", "--version"}, {}).works);
  EXPECT_FALSE(describe_job("link", {"ld", "-v"}, {}).works);
  EXPECT_TRUE(describe_job("link", {"ld", "-v", "a.o"}, {}).works);
}

TEST(DescribeLink, AnOptionAtTheEndWithoutValueIsIgnored) {
  EXPECT_EQ(describe_job("link", {"ld", "a.o", "-o"}, {}).output, "");
}

}  // namespace
}  // namespace memguard::gate
