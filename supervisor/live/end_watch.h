// How the supervisor is told that jobs end: by a pidfd each, or, where there is none, by looking.
#pragma once

#include <functional>
#include <vector>

#include "supervisor/live/live_jobs.h"
#include "supervisor/loop/event_loop.h"

namespace memguard::supervisor {

/// Has `ended` called when the job's process ends. Where pidfd_open(2) is refused (filters of older container runtimes,
/// kernels before 5.3) or descriptors are few (may_keep) nothing is watched, and `unwatched_ends` tells.
void watch_end(LiveJob& job, EventLoop& loop, std::function<void(policy::JobId)> ended);

/// Those that have ended and that nothing tells of. To be asked at each sample: a look at each job without a watch.
[[nodiscard]] std::vector<policy::JobId> unwatched_ends(const LiveJobs& jobs);

/// All that have ended, whether something tells of it or not.
[[nodiscard]] std::vector<policy::JobId> dead_jobs(const LiveJobs& jobs);

}  // namespace memguard::supervisor
