// The report of a run for people.
#pragma once

#include "base/terminal_text.h"
#include "report/findings.h"

namespace memguard::cli {

/// Command, time and folder, where it has them; status, time and memory; what was held, frozen, evicted, restarted and
/// lost; what memory cost, what the end waited for, and what to change; the five largest jobs and the five held
/// longest; the errors of predictions by class.
[[nodiscard]] TerminalText report_text(const report::RunReport& run, const report::Findings& found);

}  // namespace memguard::cli
