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
};

/// Reads the words after `suggest`.
[[nodiscard]] Result<Subcommand<SuggestOptions>> parse_suggest(const std::vector<std::string>& arguments);

/// Prints it. The exit status, which is 0: having no history yet is no error.
[[nodiscard]] Result<int> suggest(const SuggestOptions& options, const config::Environment& surroundings);

/// For people. `advice.largest` is not empty.
[[nodiscard]] TerminalText advice_text(const history::Advice& advice);

}  // namespace memguard::cli
