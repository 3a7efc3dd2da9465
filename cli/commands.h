// The commands of memguard: the one list that the command line, its help, the manual and the completions go by.
#pragma once

#include <array>
#include <string_view>

namespace memguard::cli {

struct Command {
  std::string_view name;
  /// What follows the name.
  std::string_view usage;
  /// What it is for, in the list of `memguard --help`.
  std::string_view text;
};

inline constexpr std::array kCommands{
    Command{"run", "[OPTIONS] -- COMMAND...", "run a command; jobs that do not fit into memory wait"},
    Command{"cargo", "[OPTIONS] build|test|...",
            "the same for cargo; cargo memguard [OPTIONS] build is the same again"},
    Command{"doctor", "", "what this machine allows, and how to get the rest"},
    Command{"config", "", "each setting and where it came from"},
    Command{"simulate", "", "what a build would do on another machine, and recorded decisions again"},
    Command{"history", "", "what jobs needed in earlier builds; export, import, forget"},
    Command{"suggest", "", "what this project's builds need, and what to declare"},
    Command{"report", "[FILE]",
            "what happened in a run (default: the last one): as text, as a page, as a trace, beside another"},
    Command{"explain", "JOB", "the decisions about one job: when it waited, why, for whom"},
    Command{"status", "", "what waits in the builds that run now, and why"},
    Command{"top", "", "the same on a screen, with keys to act"},
    Command{"help", "[COMMAND]", "what a command does, and its options"},
};

}  // namespace memguard::cli
