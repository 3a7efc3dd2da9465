// A run in small, to see what this machine allows: a real process is held at its exec, let go, frozen and thawed, by
// the code and with the rights of a run.
#pragma once

#include "config/config.h"
#include "supervisor/trial/trial_report.h"

namespace memguard::supervisor {

/// Tries it in a child process, in a tree of its own as a run would make, and waits for it, some seconds at most.
/// Leaves nothing behind: a keeper removes the tree where child or caller are killed. Not to be called inside a guarded
/// run.
[[nodiscard]] Trial try_run(const config::Config& config);

}  // namespace memguard::supervisor
