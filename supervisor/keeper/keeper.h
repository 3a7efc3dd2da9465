// The keeper: only waits. When the front is gone without a word it kills the build and removes its tree.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cgroup/home.h"
#include "supervisor/area/shared_area.h"

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
/// Ends it without its doing anything, also when somebody has stopped it.
void dismiss(Keeper& keeper);

/// What the keeper does when the front is gone: kills the build, and removes its tree.
void clean_up_after_front(cgroup::Home& home, SharedArea& area, const std::string& run_id);

/// Puts /dev/null in the place of the standard streams: whoever reads the terminal, or pipes of the build's output,
/// must see their end when the build is gone, not when we are.
void let_go_of_standard_streams();

/// What killed runs have left stopped, where no tree tells of it. Their helpers that somebody has stopped are
/// continued, and do their work. In tier `signal` a run of which nobody is left is killed: its processes in state T
/// have the pid of a front that is gone in their environment. Looks at this pid namespace only, where that pid says
/// something.
void sweep_stopped_runs();

/// Kills every process whose environment says it belongs to the run, stopped ones included, until none is left or
/// `patience` is over; not the caller.
void kill_by_environment(const std::string& run_id, Duration patience);

}  // namespace memguard::supervisor
