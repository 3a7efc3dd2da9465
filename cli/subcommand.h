// A subcommand with options of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_help.h"

namespace CLI {
class App;
}

namespace memguard::cli {

/// What was typed after it. `help`: what to tell instead of doing anything.
template <class Options>
struct Subcommand {
  Options options;
  std::optional<CommandHelp> help;
};

/// Lets `app` read the words; what it reads, when help was asked for. Errors point to `--help`.
[[nodiscard]] Result<std::optional<CommandHelp>> read_words(CLI::App& app, const std::vector<std::string>& words);

}  // namespace memguard::cli
