// The units of history for people.
#pragma once

#include <vector>

#include "base/terminal_text.h"
#include "history/database.h"

namespace memguard::cli {

/// A line a unit: class, name, version, kind, profile, expected peak, number of runs, and of the last one peak and
/// time. "> 3.0 GiB" is the peak of a run that memory ended.
[[nodiscard]] TerminalText to_table(const std::vector<history::UnitRuns>& units);

}  // namespace memguard::cli
