// How the process that tries tells the one that waits: lines through a pipe, so that what was said stands when the
// trial hangs or dies.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroup/tree.h"

namespace memguard::supervisor {

/// What the trial came to.
struct Trial {
  /// What a run would get; nothing when the trial did not come so far.
  std::optional<cgroup::Tier> tier;
  std::vector<cgroup::Missing> missing;

  /// Why there is no exec gate; nothing when it is not wanted, or there.
  std::optional<Error> gate_refused;
  bool wait_killable = false;
  bool no_new_privs = false;

  /// What kept an exec from being noticed, read, held, watched and let go, and a process from being frozen and thawed,
  /// each with its remedy. Empty when it worked.
  std::vector<cgroup::Missing> gate_failed;
  std::vector<cgroup::Missing> stop_failed;
  /// What a run does without, or has for few jobs.
  std::vector<cgroup::Missing> scarce;
};

/// What the trial is at.
enum class TrialPart : std::uint8_t { start, gate, stop };

class TrialReport {
 public:
  /// Writes lines to the pipe, which stays the caller's.
  explicit TrialReport(int pipe) : pipe_(pipe) {}

  /// Which tree there is.
  void home(const cgroup::Home& home) const;
  /// The filter was installed, and what it came with (gate/filter.h).
  void gate(bool wait_killable, bool no_new_privs) const;
  /// The filter was not installed.
  void gate_refused(const Error& why) const;
  /// From now on it is at that.
  void at(TrialPart part) const;
  /// This part failed, for want of that.
  void failed(TrialPart part, const cgroup::Missing& what) const;
  /// A run does without this, or has it for few jobs.
  void scarce(const cgroup::Missing& what) const;
  /// It came to its end.
  void done() const;

 private:
  void line(std::string_view key, std::string_view first, std::string_view second) const;
  int pipe_;
};

/// What the lines say. Without `done` the part that it was at has failed: "hung" when the time was up, else it ended.
[[nodiscard]] Trial read_trial(std::string_view lines, bool hung);

}  // namespace memguard::supervisor
