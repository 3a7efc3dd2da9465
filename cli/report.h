// `memguard report`: what happened in a run, as text, as a page, as a trace, and beside another run.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/kept_run.h"
#include "cli/subcommand.h"

namespace memguard::cli {

struct ReportOptions {
  WhichRun run;
  /// The kept runs, a line each.
  bool list = false;
  /// For the summary of a CI job.
  bool markdown = false;
  /// Where a page and a trace go; empty: nowhere.
  std::string html;
  std::string trace;
  /// Two runs, each a number of the list or a file.
  std::vector<std::string> compare;
};

/// Reads the words after `report`.
[[nodiscard]] Result<Subcommand<ReportOptions>> parse_report(const std::vector<std::string>& arguments);

/// Prints it, or writes it into the files that were named. The exit status, which is 0. Errors name the file and the
/// place in it.
[[nodiscard]] Result<int> show_report(const ReportOptions& options, const config::Environment& surroundings);

}  // namespace memguard::cli
