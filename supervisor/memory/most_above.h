// Who was it, when memory passed the limit.
#pragma once

#include <string>

#include "config/config.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// A process that is no job, and what it had when it was looked at.
struct Bystander {
  pid_t pid = 0;
  Bytes memory;
};

/// Of the jobs that live and the largest of all other processes the one with the most above its prediction; one without
/// a prediction was expected to have nothing. Where every job keeps to its prediction, the one that has the most.
[[nodiscard]] MostAbove most_above(const LiveJobs& jobs, const Bystander& largest);

/// In words: "link app", or the program's name; empty when nobody was seen.
[[nodiscard]] std::string name_of(const MostAbove& most, SharedArea& area, const config::Config& config);

}  // namespace memguard::supervisor
