// Completions of shells, made from what the program parses: commands, options, the words an option takes, files, and
// behind `run` whatever the shell knows of the command that is run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command_help.h"

namespace memguard::manual {

struct CompletedCommand {
  std::string name;
  std::string text;
  cli::CommandHelp help;
};
/// All commands but help, which completes the names of these.
[[nodiscard]] std::vector<CompletedCommand> completed_commands();

/// `text` in single quotes of a POSIX shell or zsh.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Files to be loaded by bash-completion as `memguard`, by zsh as `_memguard`, by fish as `memguard.fish`.
[[nodiscard]] std::string bash_completions();
/// For zsh.
[[nodiscard]] std::string zsh_completions();
/// For fish.
[[nodiscard]] std::string fish_completions();

}  // namespace memguard::manual
