// What one job has and has used, read from /proc into its record.
#pragma once

#include "supervisor/live/live_job.h"

namespace memguard::supervisor {

/// Reads all that is told of each of its processes: 20 microseconds and more.
void read_in_full(LiveJob& job, Instant now);

/// Reads it by a tenth of that effort: how much it has by the one number that is cheap, and CPU time. Reads it in full
/// when that number has moved since it was last read in full, or when this cannot be done.
void read_shortly(LiveJob& job, Instant now);

/// How often a job that runs is to be read in full: 16 times in its life so far.
[[nodiscard]] Duration full_reading_interval(const JobRecord& record, Instant now);

}  // namespace memguard::supervisor
