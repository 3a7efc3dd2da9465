// The reports of the last runs, each a file in one folder.
//
// Nothing is locked: each run has a name of its own, and files are written whole. Two builds that end at once may each
// remove the same old run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "report/run_report.h"

namespace memguard::report {

struct KeptRuns {
  std::size_t runs = 50;
  /// Of runs without jobs, which displace no other.
  std::size_t runs_without_jobs = 5;
  /// Of all together; the newest is kept whatever it takes.
  std::uint64_t bytes = std::uint64_t{64} << 20U;
};

/// Writes the report of a run that ended then into `folder`, which is made where it is not there, and removes the
/// oldest beyond the bounds, and what a writer that was killed an hour ago left behind. Errors name the file; what was
/// kept before stays then.
[[nodiscard]] Status keep_run(const RunReport& run, const std::string& folder, ExactDate ended_at,
                              const KeptRuns& bounds = {});

/// The files there, the newest first; none where there is no folder.
[[nodiscard]] std::vector<std::string> kept_runs(const std::string& folder);

}  // namespace memguard::report
