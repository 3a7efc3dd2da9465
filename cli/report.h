// `memguard report`: what happened in a run.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/subcommand.h"
#include "config/environment.h"

namespace memguard::cli {

struct ReportOptions {
  /// What `memguard run --json` wrote; empty: the last run.
  std::string file;
};

/// Reads the words after `report`.
[[nodiscard]] Result<Subcommand<ReportOptions>> parse_report(const std::vector<std::string>& arguments);

/// Prints it. The exit status, which is 0. Errors name the file and the place in it.
[[nodiscard]] Result<int> show_report(const ReportOptions& options, const config::Environment& surroundings);

}  // namespace memguard::cli
