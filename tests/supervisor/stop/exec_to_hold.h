// An exec that waits for its answer, to be held.
#pragma once

#include <sys/wait.h>

#include <cstdint>
#include <thread>

#include "gate/filter.h"
#include "gate/listener.h"
#include "gated_child.h"
#include "proc/process.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// The exec of a child of the test, by default one that works and whose program ends at once.
class ExecToHold {
 public:
  /// Whether the kernel lets a process that is stopped finish its exec (5.19).
  [[nodiscard]] static bool possible() {
    bool killable = false;
    std::thread([&] {
      const auto filter = gate::install_exec_filter();
      killable = filter.has_value() && filter->wait_killable;
    }).join();
    return killable;
  }

  explicit ExecToHold(const char* program = "/bin/true") : child_([program] { execute(program, {program}); }) {
    if (!gate::receive(child_.listener(), buffer_).value_or(false)) return;
    const auto stat = proc::read_stat(child_.pid()).value();
    facts_.thread = stat.pid;
    facts_.process = {stat.pid, stat.start_ticks};
    facts_.old_stack = stat.start_stack;
  }

  [[nodiscard]] int listener() const { return child_.listener(); }
  [[nodiscard]] std::uint64_t id() const { return buffer_.notification.id; }
  [[nodiscard]] const ExecFacts& facts() const { return facts_; }
  [[nodiscard]] bool answered() const { return !gate::still_waiting(listener(), id()); }
  /// The child's exit status: 0 of the program, 127 where its exec failed. -1 where nobody has answered that, or the
  /// child is stopped.
  int end() {
    if (!answered() || proc::read_stat(child_.pid()).value().state == 'T') return -1;
    const int status = child_.end();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void kill() { child_.kill(); }

 private:
  GatedChild child_;
  gate::NotificationBuffer buffer_{};
  ExecFacts facts_{};
};

}  // namespace memguard::supervisor
