// A subcommand with options of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_help.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace memguard::cli {

/// What was typed after it. `help`: what to tell instead of doing anything.
template <class Options>
struct Subcommand {
  Options options;
  std::optional<CommandHelp> help;
};

/// The error for an option that `app` does not have, with the nearest one that it has.
[[nodiscard]] tl::unexpected<Error> unknown_option(const CLI::App& app, const std::string& option);

/// The error for words that `app` has refused, in the words of its help.
[[nodiscard]] tl::unexpected<Error> words_refused(const CLI::App& app, const CLI::ParseError& error);

/// Lets `app` read the words; what it reads, when help was asked for. Errors call options and arguments as help does,
/// and point to it.
[[nodiscard]] Result<std::optional<CommandHelp>> read_words(CLI::App& app, const std::vector<std::string>& words);

}  // namespace memguard::cli
