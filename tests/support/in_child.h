// A part of a test that changes its process for good: limits, rights, namespaces.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include <gtest/gtest.h>

namespace memguard {

/// Runs `body` in a forked child, whose failures are failures of the test. A body that skips skips the test, for want
/// of `needs`. For the end of a test, or of another body.
inline void in_child(const std::function<void()>& body, const char* needs = "") {
  constexpr int kSkipped = 77;
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    // What it throws ends the child, not the tests that follow.
    [&]() noexcept { body(); }();
    std::fflush(stdout);
    ::_exit(testing::Test::HasFailure() ? 1 : testing::Test::IsSkipped() ? kSkipped : 0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "needs " << needs;
  EXPECT_EQ(status, 0) << "of the child above";
}

}  // namespace memguard
