// The keeper: only waits. When the front is gone without a word it kills the build and removes its tree.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cgroup/home.h"
#include "supervisor/shared_area.h"

namespace memguard::supervisor {

/// What the front keeps of it. Closing `word` without dismissing the keeper is what sets it off.
struct Keeper {
  pid_t pid = 0;
  UniqueFd word;
};

/// Forks it: own session, own name, none of the descriptors `not_kept` (a copy of the gate's would outlive us).
/// `run_id` finds the build's processes in tier `signal`, by MEMGUARD_RUN in their environment.
[[nodiscard]] Result<Keeper> start_keeper(cgroup::Home& home, SharedArea& area, const std::string& run_id,
                                          const std::vector<int>& not_kept);
/// Ends it without its doing anything.
void dismiss(Keeper& keeper);

/// Kills every process whose environment says it belongs to the run, stopped ones included, until none is left or
/// `patience` is over; not the caller.
void kill_by_environment(const std::string& run_id, Duration patience);

}  // namespace memguard::supervisor
