// What a run had taken with more memory, by the simulator.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "report/findings.h"

namespace memguard::cli {

/// Puts the build of a report (its JSON) on machines with ever more memory, and gives the least from which on more
/// would save little: a fifth of what memory costs, or a twentieth of the run. A fourteenth less of it must be enough
/// too. Jobs are taken to get on there as they did in this run (report/pace.h). The memory is left out where more would
/// save less than a fourteenth. Nothing where no limit of up to eight times this one is enough, where the run has no
/// limit, where it was lost, where its processors are not known, or where it has more jobs than can be simulated while
/// somebody waits. `lanes`: of the run.
[[nodiscard]] std::optional<report::Estimate> with_more_memory(const report::RunReport& run,
                                                               const std::vector<report::Lane>& lanes,
                                                               std::string_view json);

}  // namespace memguard::cli
