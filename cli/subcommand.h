// A subcommand with options of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace memguard::cli {

/// What was typed after it. `help`: the text to print instead of doing anything.
template <class Options>
struct Subcommand {
  Options options;
  std::optional<std::string> help;
};

/// Lets `app` read the words; the help text when that was asked for. Errors point to `--help`.
[[nodiscard]] Result<std::optional<std::string>> read_words(CLI::App& app, const std::vector<std::string>& words);

}  // namespace memguard::cli
