// `memguard status`: what runs, what waits, and why, in all runs of this user.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/run_text.h"
#include "cli/subcommand.h"
#include "config/environment.h"
#include "status/reply.h"

namespace memguard::cli {

struct StatusOptions {
  bool json = false;
  /// Of `memguard run`; 0: all runs.
  int pid = 0;
};

/// Reads the words after `status`.
[[nodiscard]] Result<Subcommand<StatusOptions>> parse_status(const std::vector<std::string>& arguments);

/// Prints it. The exit status: 0, or 1 when there is no such run. Errors: stdout cannot be written to.
[[nodiscard]] Result<int> show_status(const StatusOptions& options, const config::Environment& surroundings);

/// Asks all runs, or the one with that pid, the oldest first. Those that do not answer are said to stderr and left out.
[[nodiscard]] std::vector<status::RunStatus> ask_runs(const config::Environment& surroundings, int pid);

/// What stdout can show: the width of its terminal, COLUMNS or 80, and the locale's character set. Sets the locale.
[[nodiscard]] Look look_of_output(const config::Environment& surroundings);

/// The text of `memguard status`, also for `memguard top --once`, and its exit status. `pid` is that of the run that
/// was asked for, 0 for all.
[[nodiscard]] Result<int> print_runs(const std::vector<status::RunStatus>& runs,
                                     const config::Environment& surroundings, int pid);

}  // namespace memguard::cli
