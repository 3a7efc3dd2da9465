#include "supervisor/restart/family_end.h"

#include <fcntl.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/unique_fd.h"

namespace memguard::supervisor {
namespace {

// Processes that wait, below this one, which is the front.
class Tree : public testing::Test {
 public:
 protected:
  Tree() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~Tree() override {
    for (const auto& process : all_) {
      if (proc::alive(process)) ::kill(process.pid, SIGKILL);
    }
    while (::waitpid(-1, nullptr, 0) > 0) {}
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  }

  // A chain of processes: the first a child of ours, each next the child of the one before. `daemon` (an index) is one
  // with a session of its own.
  std::vector<proc::Identity> chain(int length, int daemon = -1) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd reads(ends[0]);
    UniqueFd writes(ends[1]);
    if (::fork() == 0) grow(length, daemon, writes.get());
    writes.reset();
    std::vector<proc::Identity> made;
    for (pid_t pid = 0; ::read(reads.get(), &pid, sizeof pid) == sizeof pid;) {
      made.push_back({pid, proc::read_stat(pid).value().start_ticks});
      if (made.size() == static_cast<std::size_t>(length)) break;
    }
    all_.insert(all_.end(), made.begin(), made.end());
    return made;
  }

  std::vector<proc::Identity> all_;

 private:
  // Each process says its pid and forks the next, until the last; then all wait.
  [[noreturn]] static void grow(int length, int daemon, int out) {
    for (int depth = 0; depth < length; ++depth) {
      if (depth == daemon) ::setsid();
      const pid_t self = ::getpid();
      (void)!::write(out, &self, sizeof self);
      if (depth + 1 == length || ::fork() != 0) break;
    }
    while (true) ::pause();
  }
};

bool has(const std::vector<proc::Identity>& processes, const proc::Identity& process) {
  return std::ranges::count(processes, process) == 1;
}

TEST_F(Tree, AllBelowTheShimBelongsToItButNotTheShim) {
  const auto made = chain(4);
  EXPECT_THAT(processes_of({made[0], ::getpid(), {}}), testing::UnorderedElementsAre(made[1], made[2], made[3]));
}

TEST_F(Tree, ADaemonDoesNot) {
  const auto made = chain(4, 2);
  EXPECT_THAT(processes_of({made[0], ::getpid(), {}}), testing::UnorderedElementsAre(made[1]));
}

TEST_F(Tree, OfAnOrphanedLinkerWhatIsAboveItDoesToo) {
  // shim, rustc, cc, collect2, ld; rustc is killed.
  const auto made = chain(5);
  ::kill(made[1].pid, SIGKILL);
  const FamilyTree family{made[0], ::getpid(), {made[1], made[4]}};
  while (proc::read_stat(made[2].pid).value().parent == made[1].pid) ::sched_yield();
  EXPECT_THAT(processes_of(family), testing::UnorderedElementsAre(made[2], made[3], made[4]));
}

TEST_F(Tree, ALaterProcessWithTheSamePidIsNotTheShim) {
  auto made = chain(2);
  made[0].start_ticks += 1;
  EXPECT_TRUE(processes_of({made[0], ::getpid(), {}}).empty());
}

TEST_F(Tree, AllOfItIsKilled) {
  const auto made = chain(4);
  const auto killed = kill_family({made[0], ::getpid(), {made[1]}});
  EXPECT_EQ(killed.size(), 3U);
  EXPECT_TRUE(has(killed, made[3]));
  while (std::ranges::any_of(killed, proc::alive)) ::sched_yield();
  EXPECT_TRUE(proc::alive(made[0]));
}

TEST_F(Tree, WhatForksMeanwhileDoesNotEscape) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const pid_t shim = ::fork();
  if (shim == 0) {
    // Its child forks one after the other, while we look and stop.
    if (::fork() == 0) {
      for (int i = 0; i < 300; ++i) {
        if (::fork() == 0) break;
        if (i == 0) (void)!::write(writes.get(), "x", 1);
      }
    }
    while (true) ::pause();
  }
  writes.reset();
  char started = 0;
  ASSERT_EQ(::read(reads.get(), &started, 1), 1);
  const FamilyTree family{{shim, proc::read_stat(shim).value().start_ticks}, ::getpid(), {}};
  all_.push_back(family.shim);
  const auto killed = kill_family(family);
  EXPECT_GE(killed.size(), 1U);
  while (std::ranges::any_of(killed, proc::alive)) ::sched_yield();
  // The pipe's writing end is in each of them.
  ::kill(shim, SIGKILL);
  EXPECT_EQ(::read(reads.get(), &started, 1), 0);
}

}  // namespace
}  // namespace memguard::supervisor
