// A child process for tests.
#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <system_error>

#include "base/pinned.h"
#include "proc/process.h"

namespace memguard {

/// Waits for ever, and ends when the test says so, or with the test.
class WaitingChild : Pinned {
 public:
  /// `first` is what the child does before it waits. It has been done, or has become another program, when this
  /// returns.
  explicit WaitingChild(const std::function<void()>& first = [] {}) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    pid_ = ::fork();
    if (pid_ == 0) run(first, ends[1]);
    ::close(ends[1]);
    char done = 0;
    // Its end of the pipe is closed by an exec.
    (void)::read(ends[0], &done, 1);
    ::close(ends[0]);
  }
  ~WaitingChild() { end(); }

  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] proc::Identity identity() const { return {pid_, proc::read_stat(pid_).value().start_ticks}; }

 private:
  [[noreturn]] static void run(const std::function<void()>& first, int done) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    first();
    (void)!::write(done, "x", 1);
    while (true) ::pause();
  }

  pid_t pid_ = 0;
};

}  // namespace memguard
