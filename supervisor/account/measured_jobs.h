// What a run has to say to history.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/config.h"
#include "history/measurement.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// Notes of each job that has ended since the build was told to end, or just before that was known, that it may have
/// ended by that: a signal reaches the build's processes and the front at the same time. What ended before the front
/// knew is then said to have been killed. Does nothing when nobody has told the build to end.
void mark_interrupted(SharedArea& area);

/// The jobs whose peaks are known: those that ended by themselves, and those that memory ended for good, as
/// measurements that were not completed. Not those that were killed, evicted, interrupted or never measured. `ended` is
/// the present time, the end of the run; `project` the folder it was started in.
[[nodiscard]] std::vector<history::UnitMeasurement> measured_jobs(SharedArea& area, const config::Config& config,
                                                                  const std::string& project,
                                                                  std::chrono::sys_seconds ended);

}  // namespace memguard::supervisor
