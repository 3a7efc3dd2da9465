// Descriptors are closed once, no sooner and no later: seen in /proc/self/fd.
#include "base/unique_fd.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace memguard {
namespace {

UniqueFd open_null() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_open(int fd) { return ::access(("/proc/self/fd/" + std::to_string(fd)).c_str(), F_OK) == 0; }

TEST(UniqueFds, CloseAtTheEndOfTheirScope) {
  int number = -1;
  {
    const auto fd = open_null();
    number = fd.get();
    ASSERT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFds, MoveLeavesOneOwner) {
  auto first = open_null();
  const int number = first.get();
  const UniqueFd second(std::move(first));
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): it is what is tested
  EXPECT_EQ(second.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFds, AssignmentClosesWhatWasHeld) {
  auto first = open_null();
  auto second = open_null();
  const int old = first.get();
  const int kept = second.get();
  first = std::move(second);
  EXPECT_FALSE(is_open(old));
  EXPECT_TRUE(is_open(kept));
  EXPECT_EQ(first.get(), kept);
}

TEST(UniqueFds, SelfAssignmentKeepsIt) {
  auto fd = open_null();
  const int number = fd.get();
  auto& same = fd;
  fd = std::move(same);
  EXPECT_EQ(fd.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFds, ReleaseGivesItUp) {
  auto fd = open_null();
  const int number = fd.release();
  EXPECT_FALSE(fd);
  fd.reset();
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(UniqueFds, ClosingKeepsErrno) {
  UniqueFd bad(1 << 20);  // no such descriptor: close() fails with EBADF
  errno = ENOSPC;
  bad.reset();
  EXPECT_EQ(errno, ENOSPC);
}

}  // namespace
}  // namespace memguard
