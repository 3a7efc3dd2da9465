// What can be typed after a command, as data. Help on a terminal, manual pages and completions of shells are all made
// from it, so an option that the parser knows is in each of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace memguard::cli {

/// An option, or an argument without a name.
struct OptionHelp {
  /// "-h" and "--help"; of an argument what stands for it: "FILE".
  std::vector<std::string> names;
  /// What the option takes, alternatives between '|': those in small letters are words to type ("N|auto"), those in
  /// capitals stand for something. Empty: it takes nothing.
  std::string value;
  std::string text;
  /// Of an argument: whether it must be there.
  bool required = false;

  /// The alternatives of `value` that are words to type.
  [[nodiscard]] std::vector<std::string> choices() const;
  /// Whether a file's name may stand there.
  [[nodiscard]] bool takes_file() const;
};

/// A line of a list: "memguard doctor", what this machine allows.
struct CommandSummary {
  std::string usage;
  std::string text;
};

struct CommandHelp {
  /// "memguard run".
  std::string name;
  /// "memguard run [OPTIONS] -- COMMAND...".
  std::string usage;
  /// What the command is for, as sentences.
  std::string text;
  std::vector<OptionHelp> arguments;
  std::vector<OptionHelp> options;
  /// Of memguard itself: its commands.
  std::vector<CommandSummary> commands;
  /// Said at the end.
  std::string more;
};

/// What `app` reads. Without a usage that is "NAME [OPTIONS] [ARGUMENTS]".
[[nodiscard]] CommandHelp describe(const CLI::App& app, std::string usage = {});

/// For a terminal that is `width` columns wide. Nothing but a word that is longer goes beyond.
[[nodiscard]] std::string help_text(const CommandHelp& help, std::size_t width);

/// The words of `text` in lines of at most `width` columns. A word that is longer has a line of its own.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// The columns of the terminal that is stdout, at most 100; what COLUMNS says, or 80, where it is none.
[[nodiscard]] std::size_t terminal_width();

}  // namespace memguard::cli
