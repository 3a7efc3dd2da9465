// How the process that tries tells the one that waits: lines through a pipe, so that what was said stands when the
// trial hangs or dies. Internal to trial.cc and trial_run.cc.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/trial.h"

namespace memguard::supervisor {

/// What the trial is at.
enum class TrialPart : std::uint8_t { start, gate, stop };

class TrialReport {
 public:
  explicit TrialReport(int pipe) : pipe_(pipe) {}

  void home(const cgroup::Home& home) const;
  void gate(bool wait_killable, bool no_new_privs) const;
  void gate_refused(const Error& why) const;
  /// From now on it is at that.
  void at(TrialPart part) const;
  void failed(TrialPart part, const cgroup::Missing& what) const;
  void scarce(const cgroup::Missing& what) const;
  /// It came to its end.
  void done() const;

 private:
  void line(std::string_view key, std::string_view first, std::string_view second) const;
  int pipe_;
};

/// What the lines say. Without `done` the part that it was at has failed: "hung" when the time was up, else it ended.
[[nodiscard]] Trial read_trial(std::string_view lines, bool hung);

/// The trial itself, in the child: never returns.
[[noreturn]] void run_trial(const config::Config& config, const TrialReport& report);

}  // namespace memguard::supervisor
