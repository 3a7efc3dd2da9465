// A supervisor that cannot go on says why; the front only sees that it ended.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "supervisor/supervisor.h"

namespace memguard::supervisor {
namespace {

TEST(SupervisorEnd, the_error_that_ends_it_is_told) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  SharedArea& area = *SharedArea::create().value();
  const cgroup::Home home;
  const RunLimit limit;
  const config::Config config;
  const history::Remembered remembered;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(writes.get(), STDERR_FILENO);
    ::_exit(run_supervisor({.area = area,
                            .home = home,
                            .limit = limit,
                            .gate = {-1, false},
                            .wake_fd = -1,
                            .front = ::getppid(),
                            .config = config,
                            .remembered = remembered,
                            .command = {}}));
  }
  writes.reset();
  std::string told;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(reads.get(), part.data(), part.size())) > 0;)
    told.append(part.data(), static_cast<std::size_t>(got));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 125);
  EXPECT_EQ(told, "memguard: the supervisor ends: watch a file descriptor: Bad file descriptor\n");
}

}  // namespace
}  // namespace memguard::supervisor
