#include "base/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace memguard {
namespace {

// In a child, whose own streams these are.
template <class Body>
bool in_child(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(StandardStreams, NoFileThatIsOpenedGetsTheNumberOfAClosedOne) {
  for (const int closed : {0, 1, 2}) {
    EXPECT_TRUE(in_child([closed] {
      ::close(closed);
      return fill_closed_standard_streams() && ::open("/", O_RDONLY) > 2;
    })) << closed;
  }
  EXPECT_TRUE(in_child([] {
    for (const int stream : {0, 1, 2}) ::close(stream);
    return fill_closed_standard_streams() && ::open("/", O_RDONLY) > 2;
  }));
}

TEST(StandardStreams, WhatIsPutInPlaceRefusesItsUseAndIsGoneAfterExec) {
  EXPECT_TRUE(in_child([] {
    for (const int stream : {0, 1, 2}) ::close(stream);
    if (!fill_closed_standard_streams()) return false;
    char byte = 0;
    if (::read(0, &byte, 1) >= 0 || errno != EBADF) return false;
    for (const int stream : {1, 2}) {
      if (::write(stream, "x", 1) >= 0 || errno != EBADF) return false;
    }
    for (const int stream : {0, 1, 2}) {
      if (::fcntl(stream, F_GETFD) != FD_CLOEXEC) return false;
    }
    return true;
  }));
}

TEST(StandardStreams, OpenOnesStayAsTheyAre) {
  EXPECT_TRUE(in_child([] {
    const int before = ::fcntl(1, F_GETFL);
    return fill_closed_standard_streams() && ::fcntl(1, F_GETFL) == before && ::fcntl(1, F_GETFD) == 0;
  }));
}

}  // namespace
}  // namespace memguard
