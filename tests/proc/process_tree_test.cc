// Who is below whom, in made-up process tables and among real children.
#include <algorithm>
#include <array>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pinned.h"
#include "proc/process.h"

namespace memguard::proc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

Stat process(pid_t pid, pid_t parent) {
  Stat stat;
  stat.pid = pid;
  stat.parent = parent;
  return stat;
}

std::vector<pid_t> pids(const std::vector<Stat>& processes) {
  std::vector<pid_t> all;
  all.reserve(processes.size());
  for (const auto& one : processes) all.push_back(one.pid);
  return all;
}

TEST(Descendants, AreAllBelowButNotTheRoot) {
  const std::vector<Stat> table{process(1, 0), process(10, 1), process(11, 10), process(12, 11), process(20, 1)};
  EXPECT_THAT(pids(descendants(10, table)), ElementsAre(11, 12));
  EXPECT_THAT(pids(descendants(12, table)), IsEmpty());
  EXPECT_THAT(pids(descendants(99, table)), IsEmpty());
}

TEST(Descendants, ParentsComeBeforeChildrenInAnyTable) {
  const std::vector<Stat> table{process(5, 9), process(3, 5), process(9, 10), process(4, 9)};
  const auto found = pids(descendants(10, table));
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found.front(), 9);
  EXPECT_EQ(found.back(), 3);
}

TEST(Descendants, CircleOfAPidUsedTwiceEnds) {
  const std::vector<Stat> table{process(2, 3), process(3, 2), process(4, 4), process(5, 2)};
  EXPECT_THAT(pids(descendants(2, table)), testing::UnorderedElementsAre(3, 5));
  EXPECT_THAT(pids(descendants(4, table)), IsEmpty());
}

/// A child that runs until its pipe is closed.
class Child : Pinned {
 public:
  /// `orphan`: its own child, left to the nearest subreaper.
  explicit Child(bool orphan = false) {
    EXPECT_EQ(::pipe(wait_.data()), 0);
    EXPECT_EQ(::pipe(tell_.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) run(orphan);
    EXPECT_EQ(::read(tell_[0], &inner_, sizeof inner_), static_cast<ssize_t>(sizeof inner_));
  }
  ~Child() {
    for (const int fd : {wait_[0], wait_[1], tell_[0], tell_[1]}) ::close(fd);
    while (::waitpid(-1, nullptr, 0) > 0) {}
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] pid_t inner() const { return inner_; }

 private:
  [[noreturn]] void run(bool orphan) {
    ::close(wait_[1]);
    if (orphan && ::fork() != 0) ::_exit(0);
    const pid_t self = ::getpid();
    static_cast<void>(::write(tell_[1], &self, sizeof self));
    char byte = 0;
    while (::read(wait_[0], &byte, 1) > 0) {}
    ::_exit(0);
  }
  std::array<int, 2> wait_{};
  std::array<int, 2> tell_{};
  pid_t pid_ = 0;
  pid_t inner_ = 0;
};

TEST(Descendants, RealChildIsFound) {
  const Child child;
  EXPECT_THAT(pids(descendants(::getpid())), Contains(child.pid()));
  EXPECT_THAT(pids(descendants(child.pid())), IsEmpty());
}

TEST(Descendants, OrphanBelongsToItsSubreaper) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const Child child(true);
  ASSERT_EQ(::waitpid(child.pid(), nullptr, 0), child.pid());
  EXPECT_EQ(read_stat(child.inner())->parent, ::getpid());
  EXPECT_THAT(pids(descendants(::getpid())), Contains(child.inner()));
}

bool any(const Stat&) { return true; }
auto with_pid(pid_t pid) {
  return [pid](const Stat& process) { return process.pid == pid; };
}

TEST(FirstUpward, IsTheProcessItselfOrTheNearestAboveThatIsWanted) {
  const Child child;
  const auto itself = first_upward(child.pid(), 1, any);
  ASSERT_TRUE(itself);
  EXPECT_EQ(itself->pid, child.pid());
  const auto parent = first_upward(child.pid(), 1, with_pid(::getpid()));
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->start_ticks, read_stat(::getpid())->start_ticks);
}

TEST(FirstUpward, LooksNeitherAtTheTopNorPastIt) {
  const Child child;
  EXPECT_FALSE(first_upward(child.pid(), ::getpid(), with_pid(::getpid())));
  EXPECT_FALSE(first_upward(child.pid(), ::getpid(), with_pid(::getppid())));
  EXPECT_FALSE(first_upward(child.pid(), child.pid(), any));
  EXPECT_FALSE(first_upward(1, 0, any));
}

TEST(FirstUpward, FindsNothingAboveOneThatHasVanished) { EXPECT_FALSE(first_upward(5'000'000, 1, any)); }

// A chain longer than any real one is given up on, not followed for ever.
TEST(FirstUpward, LooksAtNoMoreThan64) {
  int looked_at = 0;
  std::array<int, 2> told{};
  ASSERT_EQ(::pipe(told.data()), 0);
  const pid_t first = ::fork();
  if (first == 0) {
    int depth = 0;
    while (depth < 80 && ::fork() == 0) ++depth;
    if (depth == 80) {
      static_cast<void>(first_upward(::getpid(), 1, [&](const Stat&) { return ++looked_at < 0; }));
      static_cast<void>(::write(told[1], &looked_at, sizeof looked_at));
    } else {
      ::waitpid(-1, nullptr, 0);
    }
    ::_exit(0);
  }
  ::close(told[1]);
  EXPECT_EQ(::read(told[0], &looked_at, sizeof looked_at), static_cast<ssize_t>(sizeof looked_at));
  EXPECT_EQ(looked_at, 64);
  ::waitpid(first, nullptr, 0);
  ::close(told[0]);
}

TEST(IsBelow, ParentsAndTheirsButNotOneself) {
  const Child child;
  EXPECT_TRUE(is_below(child.pid(), ::getpid()));
  EXPECT_TRUE(is_below(child.pid(), ::getppid()));
  EXPECT_FALSE(is_below(child.pid(), child.pid()));
  EXPECT_FALSE(is_below(::getpid(), child.pid()));
}

TEST(AllProcesses, HoldUsOnce) {
  const auto all = pids(all_processes());
  EXPECT_EQ(std::count(all.begin(), all.end(), ::getpid()), 1);
}

TEST(Alive, OnlyTheSameProcess) {
  const auto self = read_stat(::getpid());
  ASSERT_TRUE(self);
  EXPECT_TRUE(alive({self->pid, self->start_ticks}));
  EXPECT_FALSE(alive({self->pid, self->start_ticks + 1}));
  EXPECT_FALSE(alive({5'000'000, 1}));
}

TEST(Alive, ZombieIsNot) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  const auto stat = read_stat(pid);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'Z');
  EXPECT_FALSE(alive({pid, stat->start_ticks}));
  ::waitpid(pid, nullptr, 0);
}

}  // namespace
}  // namespace memguard::proc
