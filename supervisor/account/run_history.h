// History around one run: read before it, written after it. Whatever is wrong with it costs one line.
#pragma once

#include <string>

#include "config/config.h"
#include "history/remembered.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// What a run begins with.
struct RunHistory {
  history::Remembered remembered;
  /// Where it is kept; empty: it is not.
  std::string file;
  /// The folder of the last runs.
  std::string runs;
  std::string project;
  /// What was wrong, one line; empty mostly.
  std::string remark;
};

/// With `--no-history`, or without a home, nothing is remembered and nothing kept.
[[nodiscard]] RunHistory read_history(const config::Config& config);

/// Adds what the run measured, and keeps its report for `memguard report`, unless it had no job and
/// nothing to warn of. Call it when no
/// supervisor lives.
[[nodiscard]] Status write_history(const RunHistory& history, SharedArea& area, const config::Config& config,
                                   const report::RunReport& run);

}  // namespace memguard::supervisor
