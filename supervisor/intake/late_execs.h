// Execs that could not be read while their callers waited: under Yama's ptrace_scope 2 and 3 an ordinary user may read
// the memory of no other process. They go on at once, and what they have become is read from /proc right afterwards,
// which is allowed: /proc/PID/cmdline to all, environ and the stack's start to the same user (kernel/ptrace.c,
// PTRACE_MODE_READ, which Yama lets pass).
#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

class LateExecs {
 public:
  /// The config must outlive it.
  explicit LateExecs(const config::Config& config) : config_(config) {}

  /// An exec of which the front knows only who makes it (ExecFacts::unread).
  void add(const ExecFacts& exec, Instant now);
  /// The jobs among those whose exec is done by now, in the order of their execs.
  [[nodiscard]] std::vector<ExecFacts> look(Instant now);
  /// How long until the next look is due; nothing when none is awaited.
  [[nodiscard]] std::optional<Duration> next_look(Instant now) const;

 private:
  struct Exec {
    proc::Identity process;
    std::uint64_t old_stack = 0;
    Instant since{};
    Instant looked{};
  };
  [[nodiscard]] static Duration interval(const Exec& exec);
  [[nodiscard]] static bool is_over(const Exec& exec, Instant now, std::vector<proc::Stat>& done);

  const config::Config& config_;
  std::vector<Exec> execs_;
};

}  // namespace memguard::supervisor
