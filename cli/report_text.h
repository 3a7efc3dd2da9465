// The report of a run for people.
#pragma once

#include "base/terminal_text.h"
#include "report/run_report.h"

namespace memguard::cli {

/// Command, time and folder, where it has them; status, time and memory; what was held, frozen, evicted, restarted and
/// lost; the five largest jobs and the five held longest; the errors of predictions by class.
[[nodiscard]] TerminalText report_text(const report::RunReport& run);

}  // namespace memguard::cli
