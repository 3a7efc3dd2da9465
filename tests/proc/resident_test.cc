// /proc/PID/statm and the clock of a process: as text, and of real processes.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "proc/process.h"

namespace memguard::proc {
namespace {

constexpr const char* kStatm = "25000 9000 1500 300 0 7000 0\n";

Bytes pages(std::int64_t count) { return Bytes{count * ::sysconf(_SC_PAGESIZE)}; }

TEST(StatmText, AnonymousIsWhatIsNotShared) {
  const auto resident = parse_statm(kStatm);
  ASSERT_TRUE(resident) << resident.error().text();
  EXPECT_EQ(resident->anonymous, pages(7500));
  EXPECT_EQ(resident->shared, pages(1500));
}

TEST(StatmText, CountersOfTwoInstantsAreNoNegativeSize) {
  EXPECT_EQ(parse_statm("25000 1499 1500 300 0 7000 0\n")->anonymous, Bytes{});
}

TEST(StatmText, EveryTruncationIsRefused) {
  const std::string whole = kStatm;
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(parse_statm(whole.substr(0, length)));
}

TEST(StatmText, WhatIsNoSizeIsRefused) {
  for (const auto* text : {"1 -9000 1 1 0 1 0\n", "1 9223372036854775807 1 1 0 1 0\n", "1 2x 1 1 0 1 0\n",
                           "1 99999999999999999999 1 1 0 1 0\n", "1  2 1 1 0 1 0\n"}) {
    EXPECT_FALSE(parse_statm(text)) << text;
  }
}

TEST(ResidentFile, MemoryThatIsTakenShowsInTheFileKeptOpen) {
  const auto file = ResidentFile::open(::getpid());
  ASSERT_TRUE(file) << file.error().text();
  const auto before = file->read();
  ASSERT_TRUE(before);
  constexpr std::size_t kSize = std::size_t{32} << 20U;
  void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, kSize);
  const auto after = file->read();
  ::munmap(memory, kSize);
  ASSERT_TRUE(after);
  EXPECT_GE(after->anonymous - before->anonymous, 0.9 * Bytes{kSize});
}

TEST(ResidentFile, AProcessThatEndedHasNone) {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  const auto file = ResidentFile::open(child);
  ASSERT_TRUE(file) << file.error().text();
  const CpuClock clock(child);
  EXPECT_TRUE(file->read());
  EXPECT_TRUE(clock.read());
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(file->read());  // a zombie
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(file->read());
  EXPECT_FALSE(clock.read());
}

TEST(ResidentFile, WhereThereIsNoProcessThereIsNothing) {
  EXPECT_FALSE(ResidentFile::open(-1));
  EXPECT_FALSE(ResidentFile().read());
  EXPECT_FALSE(CpuClock(-1).read());
  EXPECT_FALSE(CpuClock().read());
}

TEST(CpuClock, GoesOnWhileTheProcessWorks) {
  const CpuClock clock(::getpid());
  const auto before = clock.read();
  ASSERT_TRUE(before);
  while (*clock.read() == *before) {}
  EXPECT_GT(*clock.read(), *before);
}

}  // namespace
}  // namespace memguard::proc
