// Two runs beside each other.
#pragma once

#include "base/terminal_text.h"
#include "report/run_report.h"

namespace memguard::cli {

/// Their times, peaks and waits, and the units that changed most.
[[nodiscard]] TerminalText comparison_text(const report::RunReport& before, const report::RunReport& after);

}  // namespace memguard::cli
