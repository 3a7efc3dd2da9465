// /proc/PID/stat and status as kernels write them, as hostile names would have them, and cut off.
#include <cerrno>
#include <csignal>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "proc/process.h"
#include "waiting_child.h"

namespace memguard::proc {
namespace {

// Linux 6.18, 6.12 (as root) and 6.1 (another user's process: no stack address).
constexpr const char* kStat618 =
    "6119 (cat) R 5995 5995 4010 0 -1 4194304 101 0 0 0 150 50 0 0 20 0 1 0 104881 3133440 391 18446744073709551615 "
    "94139257888768 94139257908649 140734471810176 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 94139257924656 94139257926272 "
    "94139897135104 140734471817896 140734471817934 140734471817934 140734471819243 0\n";
constexpr const char* kStat612 =
    "67 (cat) R 58 57 57 0 -1 4194304 98 0 0 0 0 1 0 0 20 0 1 0 75 3104768 431 18446744073709551615 365072228352 "
    "365072248233 547602312432 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 365072264240 365072265856 365072269312 547602312875 "
    "547602312895 547602312895 547602313195 0\n";
constexpr const char* kStat61 =
    "812 (systemd-logind) S 1 812 812 0 -1 4194560 700 0 0 0 3 4 0 0 20 0 1 0 365 51380224 1900 18446744073709551615 1 "
    "1 "
    "0 0 0 0 0 4096 16384 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
constexpr const char* kZombie =
    "4242 (rustc) Z 4000 4000 4000 0 -1 4227084 0 0 0 0 12 3 0 0 20 0 1 0 9999 0 0 18446744073709551615 0 0 0 0 0 0 0 "
    "0 0 "
    "0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 9\n";
constexpr const char* kKernelThread =
    "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 "
    "0 0 "
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

/// A stat line with a name of the tester's choice.
std::string stat_named(const std::string& comm) {
  std::string text = kStat618;
  return text.replace(text.find("cat"), 3, comm);
}

TEST(StatText, FieldsOfARunningProcess) {
  const auto stat = parse_stat(kStat618);
  ASSERT_TRUE(stat) << stat.error().text();
  EXPECT_EQ(stat->pid, 6119);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->parent, 5995);
  EXPECT_EQ(stat->process_group, 5995);
  EXPECT_EQ(stat->start_ticks, 104881U);
  EXPECT_EQ(stat->start_stack, 140734471810176U);
  // 150 + 50 ticks.
  EXPECT_EQ(stat->cpu, std::chrono::duration<double>(200.0 / static_cast<double>(::sysconf(_SC_CLK_TCK))));
}

TEST(StatText, OlderKernels) {
  EXPECT_EQ(parse_stat(kStat612)->start_ticks, 75U);
  EXPECT_EQ(parse_stat(kStat61)->start_ticks, 365U);
}

TEST(StatText, StackIsZeroWhereWeMayNotSeeIt) { EXPECT_EQ(parse_stat(kStat61)->start_stack, 0U); }

TEST(StatText, ZombieAndKernelThread) {
  EXPECT_EQ(parse_stat(kZombie)->state, 'Z');
  EXPECT_EQ(parse_stat(kKernelThread)->parent, 0);
}

TEST(StatText, NameMayHoldAnything) {
  for (const auto* comm :
       {"a) R 1 (", "a) R 1 1 1", ")", "(", "((", "))", " ", "", "a\nb", "x (deleted)", ") Z 0 0\n"}) {
    const auto stat = parse_stat(stat_named(comm));
    ASSERT_TRUE(stat) << comm;
    EXPECT_EQ(stat->state, 'R') << comm;
    EXPECT_EQ(stat->parent, 5995) << comm;
  }
}

TEST(StatText, EveryTruncationIsRefused) {
  const std::string whole = kStat618;
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(parse_stat(whole.substr(0, length)));
}

TEST(StatText, TooFewFieldsAreRefused) { EXPECT_FALSE(parse_stat("1 (a) R 1 1\n")); }

TEST(StatText, NumbersThatDoNotFitAreRefused) {
  const auto with = [](const std::string& old, const std::string& value) {
    std::string text = kStat618;
    return text.replace(text.find(old), old.size(), value);
  };
  EXPECT_FALSE(parse_stat(with("6119 (", "99999999999 (")));
  EXPECT_FALSE(parse_stat(with(" 150 50 ", " 18446744073709551615 50 ")));
  EXPECT_FALSE(parse_stat(with(" 150 50 ", " 150 99999999999999999999 ")));
  EXPECT_FALSE(parse_stat(with(" 150 50 ", " -150 50 ")));
  EXPECT_FALSE(parse_stat(with(" 104881 ", " 0x1999 ")));
  EXPECT_TRUE(parse_stat(with(" 104881 ", " 18446744073709551615 ")));
}

TEST(StatText, LongStateIsRefused) {
  std::string text = kStat618;
  EXPECT_FALSE(parse_stat(text.replace(text.find(") R "), 4, ") RR ")));
}

// ---- status

// Linux 6.18; only what matters and a little more.
constexpr const char* kStatus =
    "Name:\trustc\nUmask:\t0022\nState:\tR (running)\nTgid:\t6119\nNgid:\t0\nPid:\t6120\nPPid:\t5995\nTracerPid:\t0\n"
    "Uid:\t1000\t1001\t1002\t1003\nGid:\t0\t0\t0\t0\nFDSize:\t256\nGroups:\t \nKthread:\t0\nVmPeak:\t  900000 kB\n"
    "VmSize:\t  800000 kB\nVmLck:\t       0 kB\nVmHWM:\t  500000 kB\nVmRSS:\t  400100 kB\nRssAnon:\t  300000 kB\n"
    "RssFile:\t  100000 kB\nRssShmem:\t     100 kB\nVmPTE:\t    1000 kB\nVmSwap:\t      20 kB\nThreads:\t9\n"
    "SigQ:\t0/96365\nSigPnd:\t0000000000000002\nShdPnd:\t0000000000004000\nSigBlk:\t0000000000000000\n"
    "NoNewPrivs:\t1\nSeccomp:\t2\n";
constexpr const char* kZombieStatus =
    "Name:\trustc\nState:\tZ (zombie)\nTgid:\t4242\nNgid:\t0\nPid:\t4242\nPPid:\t4000\nTracerPid:\t0\n"
    "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t0\nGroups:\t \nThreads:\t1\nSigQ:\t0/96365\n"
    "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nNoNewPrivs:\t0\n";

std::string status_with(const std::string& old, const std::string& value) {
  std::string text = kStatus;
  return text.replace(text.find(old), old.size(), value);
}

TEST(StatusText, FieldsOfARunningProcess) {
  const auto status = parse_status(kStatus);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(status->tgid, 6119);
  EXPECT_EQ(status->uid, 1000U);
  EXPECT_EQ(status->unreclaimable, Bytes{(300000 + 100 + 1000) * 1024LL});
  EXPECT_EQ(status->swap, Bytes{20 * 1024LL});
  EXPECT_EQ(status->most_resident, Bytes{500000 * 1024LL});
  EXPECT_TRUE(status->no_new_privs);
}

TEST(StatusText, PendingSignalsAreThoseOfThreadAndProcess) {
  const std::uint64_t expected = 1ULL << (SIGINT - 1) | 1ULL << (SIGTERM - 1);
  EXPECT_EQ(parse_status(kStatus)->pending_signals, expected);
}

TEST(StatusText, HighestSignalFits) {
  EXPECT_EQ(parse_status(status_with("0000000000004000", "8000000000000000"))->pending_signals, (1ULL << 63U) | 2U);
}

TEST(StatusText, ZombieHasNoMemory) {
  const auto status = parse_status(kZombieStatus);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(status->unreclaimable, Bytes{});
  EXPECT_EQ(status->most_resident, Bytes{});
}

TEST(StatusText, HalfOfTheMemoryLinesIsRefused) { EXPECT_FALSE(parse_status(status_with("RssShmem:", "RssOther:"))); }

TEST(StatusText, EveryTruncationIsRefused) {
  const std::string whole = kStatus;
  // After the last line we need, what is cut off is none of ours, as long as lines are whole.
  const auto needed = whole.find("Seccomp:");
  for (std::size_t length = 0; length < needed; ++length) {
    EXPECT_FALSE(parse_status(whole.substr(0, length))) << length;
  }
}

TEST(StatusText, DoubledLineIsRefused) {
  EXPECT_FALSE(parse_status(std::string(kStatus) + "Tgid:\t1\n"));
  EXPECT_FALSE(parse_status(std::string(kStatus) + "RssAnon:\t1 kB\n"));
}

TEST(StatusText, UnknownLinesAreSkipped) {
  EXPECT_TRUE(parse_status(std::string(kStatus) + "NewThing:\t1\nNewThing:\t1\nno colon at all\n"));
}

TEST(StatusText, SizesThatDoNotFitAreRefused) {
  EXPECT_FALSE(parse_status(status_with("300000 kB", "9223372036854775807 kB")));
  EXPECT_FALSE(parse_status(status_with("300000 kB", "99999999999999999999 kB")));
  EXPECT_FALSE(parse_status(status_with("300000 kB", "300000 MB")));
  EXPECT_FALSE(parse_status(status_with("300000 kB", "-1 kB")));
}

TEST(StatusText, OddOwnersAndFlagsAreRefused) {
  EXPECT_FALSE(parse_status(status_with("1000\t1001\t1002\t1003", "1000")));
  EXPECT_FALSE(parse_status(status_with("1000\t1001", "4294967296\t1001")));
  EXPECT_FALSE(parse_status(status_with("NoNewPrivs:\t1", "NoNewPrivs:\t2")));
  EXPECT_FALSE(parse_status(status_with("0000000000000002", "000000000000000g")));
}

// ---- the real thing

TEST(ReadProcess, WeAreOurselves) {
  const auto stat = read_stat(::getpid());
  ASSERT_TRUE(stat) << stat.error().text();
  EXPECT_EQ(stat->pid, ::getpid());
  EXPECT_EQ(stat->parent, ::getppid());
  EXPECT_EQ(stat->process_group, ::getpgrp());
  EXPECT_NE(stat->start_stack, 0U);
  const auto status = read_status(::getpid());
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(status->tgid, ::getpid());
  EXPECT_EQ(status->uid, ::getuid());
  EXPECT_GT(status->unreclaimable, Bytes{});
  EXPECT_GE(status->most_resident + status->page_tables, status->unreclaimable);
}

constexpr pid_t kNobody = 5'000'000;  // above any pid_max

TEST(ReadProcess, PidOfNobodyIsGone) {
  EXPECT_TRUE(read_stat(kNobody).error().gone());
  EXPECT_TRUE(read_status(kNobody).error().gone());
}

void touch(std::vector<char>& memory, std::size_t mib) { memory.assign(mib << 20U, 'x'); }

TEST(UnsharedMemory, WhatWasForkedAndIsNoOtherProgramYetHasItsParentsMemory) {
  std::vector<char> memory;
  touch(memory, 64);
  const WaitingChild child;
  EXPECT_GE(read_status(child.pid())->unreclaimable, Bytes{64LL << 20U});
  EXPECT_EQ(unshared_memory(child.pid()), Bytes{});
}

// Less its parent's memory it would be nothing, though both have their own.
TEST(UnsharedMemory, AForkedWorkerCountsThoughItsParentHasTakenMoreSince) {
  const WaitingChild child([] {
    static std::vector<char> own;
    touch(own, 64);
  });
  std::vector<char> memory;
  touch(memory, 128);
  EXPECT_GE(unshared_memory(child.pid()), Bytes{60LL << 20U});
}

TEST(UnsharedMemory, WhatAForkedProcessTakesItselfCounts) {
  const WaitingChild child([] {
    static std::vector<char> own;
    touch(own, 64);
  });
  EXPECT_GE(unshared_memory(child.pid()), Bytes{60LL << 20U});
}

TEST(UnsharedMemory, AnotherProgramHasItsOwn) {
  std::vector<char> memory;
  touch(memory, 64);
  const WaitingChild child([] { ::execlp("sleep", "sleep", "1000", nullptr); });
  EXPECT_GT(unshared_memory(child.pid()), Bytes{});
  EXPECT_LT(unshared_memory(child.pid()), Bytes{64LL << 20U});
}

TEST(UnsharedMemory, OfAWorkerThatTookMoreIsWhatItTook) {
  const std::vector<char> shared(64U << 20U, 1);
  const WaitingChild child([] { (void)new std::vector<char>(24U << 20U, 2); });  // NOLINT: as long as the child lives
  EXPECT_GE(unshared_memory(child.pid()), Bytes{24LL << 20U});
  EXPECT_LT(unshared_memory(child.pid()), Bytes{60LL << 20U});
  EXPECT_EQ(shared.back(), 1);
}

TEST(UnsharedMemory, NobodyHasNone) { EXPECT_EQ(unshared_memory(kNobody), Bytes{}); }

}  // namespace
}  // namespace memguard::proc
