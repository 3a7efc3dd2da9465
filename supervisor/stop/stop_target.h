// What is stopped when a job is.
#pragma once

#include <vector>

#include "supervisor/live/live_jobs.h"
#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {

/// The job's processes with all they started (cc, collect2, a wrapper's real tool), but for what has its own job below:
/// that has its own target. `everyone`: all processes of the build; others may be among them.
[[nodiscard]] StopTarget target_of(const LiveJob& job, const LiveJobs& jobs, const std::vector<proc::Stat>& everyone);

}  // namespace memguard::supervisor
