// What a run had taken with more memory, by the simulator.
#pragma once

#include <optional>
#include <string_view>

#include "report/findings.h"

namespace memguard::cli {

/// Puts the build of a report (its JSON) on machines with ever more memory, and gives the least from which on more
/// would save little: a fifth of what memory costs, or a twentieth of the run. Where this run took longer than its
/// simulation, the other is taken to do so by the same factor; where it took less it was spared evictions by luck,
/// which says nothing of the other. The memory is left out where more would save less than a fourteenth. Nothing where
/// the run has no limit, where it was lost, or where it has more jobs than can be simulated while somebody waits.
[[nodiscard]] std::optional<report::Estimate> with_more_memory(const report::RunReport& run, std::string_view json);

}  // namespace memguard::cli
