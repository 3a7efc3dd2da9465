// The report of a run from its shared area: what the end line and --json are made of.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "report/run_report.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// Where a limit is from that was moved during the run.
inline constexpr std::string_view kMovedByUser = "memguard top";

/// What the shared area does not know.
struct RunFacts {
  std::chrono::sys_seconds ended_at{};
  std::string folder;
  std::vector<std::string> command;
  std::string tier;
  /// The limit as the run began, and where it came from. `memguard top` may have moved it.
  Bytes limit;
  report::LimitOrigin limit_origin;
  int exit_status = 0;
  Duration supervisor_cpu{};
  Bytes supervisor_peak;
  double processors = 0;
};

/// Call when no supervisor lives. Jobs that have not ended count up to now.
[[nodiscard]] report::RunReport tally(SharedArea& area, const config::Config& config, const RunFacts& facts);

}  // namespace memguard::supervisor
