#include "job/program_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::job {
namespace {

struct Named {
  std::string_view name;
  std::string_view key;
};
void PrintTo(const Named& named, std::ostream* out) { *out << named.name; }

class ProgramKey : public testing::TestWithParam<Named> {};

TEST_P(ProgramKey, lasts) { EXPECT_EQ(program_key(GetParam().name), GetParam().key); }

INSTANTIATE_TEST_SUITE_P(
    hashes, ProgramKey,
    testing::Values(Named{"app-1a2b3c4d5e6f7890", "app-*"}, Named{"heavy_kit-0123456789abcdef", "heavy_kit-*"},
                    Named{"0123456789abcdef", "*"}, Named{"tool.1a2b3c4d", "tool.*"},
                    Named{"a-123e4567-e89b-12d3-a456-426614174000", "a-*"}, Named{"gen_1a2b3c4d5e6f-run", "gen_*-run"},
                    Named{"app-1.2-1a2b3c4d5e6f7890", "app-1.2-*"}, Named{"prog-20260131", "prog-*"},
                    Named{"feedface-deadbeef", "feedface-deadbeef"}, Named{"app-1a2b3c4", "app-1a2b3c4"}));

INSTANTIATE_TEST_SUITE_P(versions, ProgramKey,
                         testing::Values(Named{"clang++-14", "clang++"}, Named{"python3.11", "python"},
                                         Named{"python3", "python"}, Named{"python", "python"}, Named{"lua5.4", "lua"},
                                         Named{"gcc-12.2.0", "gcc"}, Named{"tool-v1.2", "tool"}, Named{"node", "node"},
                                         Named{"node18", "node"},
                                         Named{"x86_64-linux-gnu-g++-12", "x86_64-linux-gnu-g++"}));

INSTANTIATE_TEST_SUITE_P(digits_that_belong_to_it, ProgramKey,
                         testing::Values(Named{"bzip2", "bzip2"}, Named{"b2", "b2"}, Named{"stage1", "stage1"},
                                         Named{"7z", "7z"}, Named{"3.11", "3"}, Named{"14", "14"}, Named{"-14", "-14"},
                                         Named{"sha256sum", "sha256sum"}));

INSTANTIATE_TEST_SUITE_P(plain, ProgramKey,
                         testing::Values(Named{"build-script-build", "build-script-build"},
                                         Named{"conftest", "conftest"},
                                         Named{"/usr/lib/go/pkg/tool/linux_amd64/compile", "compile"},
                                         Named{"/t/app-1a2b3c4d5e6f7890 (deleted)", "app-*"}));

INSTANTIATE_TEST_SUITE_P(bad, ProgramKey,
                         testing::Values(Named{"", "unknown"}, Named{"/", "unknown"}, Named{".", "."},
                                         Named{"a\x1b[2J", "a?[2J"}, Named{"a b\n", "a?b?"}, Named{"\xc3\xa4", "??"}));

TEST(ProgramKey, OfABuildScriptHasItsPackage) {
  EXPECT_EQ(program_key("/x/target/debug/build/serde-0123456789abcdef/build-script-build"), "build-script@serde");
  EXPECT_EQ(program_key("target/debug/build/base64-2-0123456789abcdef/build-script-main"), "build-script@base64-2");
  // A key is its own.
  EXPECT_EQ(program_key("build-script@base64-2"), "build-script@base64-2");
  EXPECT_EQ(program_key("build-script-build"), "build-script-build");
  EXPECT_EQ(program_key("/x/build/serde-0123/build-script-build"), "build-script-build");
}

TEST(ProgramKeyTest, a_long_name_is_cut) {
  EXPECT_EQ(program_key(std::string(300, 'x')), std::string(kLongestProgramKey, 'x'));
}

}  // namespace
}  // namespace memguard::job
