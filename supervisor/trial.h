// A run in small, to see what this machine allows: a real process is held at its exec, let go, frozen and thawed, by
// the code and with the rights of a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgroup/home.h"
#include "config/config.h"

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

/// Tries it in a child process, in a tree of its own as a run would make, and waits for it, some seconds at most.
/// Leaves nothing behind: a keeper removes the tree where child or caller are killed. Not to be called inside a guarded
/// run.
[[nodiscard]] Trial try_run(const config::Config& config);

}  // namespace memguard::supervisor
