// A child process for tests: waits for ever, and ends when the test says so, or with the test.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "proc/process.h"

namespace memguard::supervisor {

class WaitingChild {
 public:
  /// `first` is what the child does before it waits.
  explicit WaitingChild(void (*first)() = [] {}) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    first();
    while (true) ::pause();
  }
  WaitingChild(const WaitingChild&) = delete;
  WaitingChild(WaitingChild&&) = delete;
  WaitingChild& operator=(const WaitingChild&) = delete;
  WaitingChild& operator=(WaitingChild&&) = delete;
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
  pid_t pid_;
};

}  // namespace memguard::supervisor
