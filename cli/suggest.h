// `memguard suggest`: what history has to say about a project.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/terminal_text.h"
#include "cli/subcommand.h"
#include "config/environment.h"
#include "history/advice.h"

namespace memguard::cli {

struct SuggestOptions {
  /// Of every build on this machine, instead of those that were started in the working directory.
  bool all = false;
  /// The answer as JSON.
  bool as_json = false;
  /// One option for Slurm's sbatch and nothing else: what a build needs with so many jobs at once.
  bool for_slurm = false;
  int jobs = 1;
};

/// Reads the words after `suggest`.
[[nodiscard]] Result<Subcommand<SuggestOptions>> parse_suggest(const std::vector<std::string>& arguments);

/// Prints it. The exit status, which is 0: having no history yet is no error, but for `--slurm`, whose answer is part
/// of a command line.
[[nodiscard]] Result<int> suggest(const SuggestOptions& options, const config::Environment& surroundings);

/// "--mem=620M", in Slurm's MiB (sbatch(1)). `advice.for_jobs` is not empty.
[[nodiscard]] std::string slurm_option(const history::Advice& advice, int jobs);

/// For people. `advice.largest` is not empty.
[[nodiscard]] TerminalText advice_text(const history::Advice& advice);

}  // namespace memguard::cli
