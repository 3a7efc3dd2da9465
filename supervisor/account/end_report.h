// What is told when a run is over: lines for people, the report for programs, and what history keeps.
#pragma once

#include "cgroup/home.h"
#include "config/config.h"
#include "supervisor/account/run_history.h"
#include "supervisor/account/tally.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// A run that is over and whose supervisor has ended. All must outlive the call.
struct EndedRun {
  SharedArea& area;
  const config::Config& config;
  const cgroup::Home& home;
  const RunHistory& history;
  const RunFacts& facts;
  /// No supervisor lived any more, long before the end.
  bool given_up = false;
};

/// Says on stderr what was lost, what was not guarded, and the end line; of what an interrupted build lost nothing is
/// said. With `quiet` only that the report could not be written. Then writes history, the metrics of --metrics and the
/// report of --json.
void report_end(const EndedRun& run);

}  // namespace memguard::supervisor
