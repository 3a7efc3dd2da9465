// `memguard top`: a screen that follows the runs of this user, with keys to act on them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/subcommand.h"
#include "config/environment.h"

namespace memguard::cli {

struct TopOptions {
  /// One screen as text; so without a terminal too.
  bool once = false;
  /// Of `memguard run`, which is then shown alone; 0: all runs.
  int pid = 0;
};

/// Reads the words after `top`.
[[nodiscard]] Result<Subcommand<TopOptions>> parse_top(const std::vector<std::string>& arguments);

/// Shows it until the user leaves. The exit status: 0; with `once` as of `memguard status`. A signal that ends it ends
/// it by that signal, with the terminal as it was before. Errors: signals cannot be waited for, stdout cannot be
/// written to.
[[nodiscard]] Result<int> show_top(const TopOptions& options, const config::Environment& surroundings);

}  // namespace memguard::cli
