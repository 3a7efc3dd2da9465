#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>

#include "gate/exec_request.h"

namespace memguard::gate {
namespace {

seccomp_data call(std::uint32_t arch, int number) {
  seccomp_data data{};
  data.arch = arch;
  data.nr = number;
  for (std::uint64_t i = 0; i < 6; ++i) data.args[i] = 100 + i;
  return data;
}

struct Case {
  const char* name;
  std::uint32_t arch;
  int execve;
  int execveat;
  std::size_t pointer_size;
};

class ExecArgumentsOf : public testing::TestWithParam<Case> {};

TEST_P(ExecArgumentsOf, ExecveHasThePathFirst) {
  const auto found = exec_arguments(call(GetParam().arch, GetParam().execve));
  EXPECT_EQ(found.dirfd, AT_FDCWD);
  EXPECT_EQ(found.path, 100U);
  EXPECT_EQ(found.argv, 101U);
  EXPECT_EQ(found.envp, 102U);
  EXPECT_EQ(found.flags, 0);
  EXPECT_EQ(found.pointer_size, GetParam().pointer_size);
}

TEST_P(ExecArgumentsOf, ExecveatHasAFolderFirstAndFlagsLast) {
  const auto found = exec_arguments(call(GetParam().arch, GetParam().execveat));
  EXPECT_EQ(found.dirfd, 100);
  EXPECT_EQ(found.path, 101U);
  EXPECT_EQ(found.argv, 102U);
  EXPECT_EQ(found.envp, 103U);
  EXPECT_EQ(found.flags, 104);
  EXPECT_EQ(found.pointer_size, GetParam().pointer_size);
}

constexpr int kX32 = 0x40000000;
INSTANTIATE_TEST_SUITE_P(EachArchitecture, ExecArgumentsOf,
                         testing::Values(Case{"x86_64", AUDIT_ARCH_X86_64, 59, 322, 8},
                                         Case{"x32", AUDIT_ARCH_X86_64, kX32 | 520, kX32 | 545, 4},
                                         Case{"i386", AUDIT_ARCH_I386, 11, 358, 4},
                                         Case{"aarch64", AUDIT_ARCH_AARCH64, 221, 281, 8},
                                         Case{"arm", AUDIT_ARCH_ARM, 11, 387, 4}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(ProgramName, IsWhatFollowsTheLastSlash) {
  EXPECT_EQ(program_name("/usr/bin/rustc"), "rustc");
  EXPECT_EQ(program_name("rustc"), "rustc");
  EXPECT_EQ(program_name("/usr/bin/"), "");
  EXPECT_EQ(program_name(""), "");
}

TEST(ProgramStarted, RustcsOwnLinkerIsNotTheDistributions) {
  EXPECT_EQ(program_started("/rust/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld"), "rust-lld");
  EXPECT_EQ(program_started("/rust/bin/gcc-ld/wasm-ld"), "rust-lld");
  EXPECT_EQ(program_started("/usr/bin/ld.lld"), "ld.lld");
  EXPECT_EQ(program_started("gcc-ld"), "gcc-ld");
}

}  // namespace
}  // namespace memguard::gate
