// `memguard doctor`: what this machine allows, and how to get the rest.
#pragma once

#include "base/terminal_text.h"
#include "config/config.h"

namespace memguard::cli {

struct Diagnosis {
  /// For stdout: the tier, the limit a build would get and why, the exec gate and freezing, both tried with a real
  /// process, the shim, PSI, and each missing thing with the command or setting that brings it.
  TerminalText text;
  /// Refused where `require-tier` wants more, as in a run.
  Status verdict;
};

/// Looks at what this machine allows a run with these settings, and tries it (supervisor/trial.h). Leaves everything as
/// it was.
[[nodiscard]] Diagnosis doctor(const config::Config& config);

}  // namespace memguard::cli
