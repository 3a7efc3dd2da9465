// The files of `--json` and `--metrics`, before the build.
#pragma once

#include "base/result.h"
#include "config/config.h"

namespace memguard::supervisor {

/// Refuses one that was asked for this run and cannot be written. One that a file or a manifest names keeps no build
/// from running; what is wrong with it is said at the end.
[[nodiscard]] Status check_report_file(const config::Config& config);

}  // namespace memguard::supervisor
