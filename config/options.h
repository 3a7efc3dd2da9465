// The plain settings as options of a command line. What one is called, takes and does stands in the table of
// config/settings.cc, and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace memguard::config {

/// One setting as an option. All text but `name` lives as long as the process.
struct Option {
  /// "--memory"; "--no-gate" of a flag that is true by default.
  std::string name;
  /// The key in JSON.
  std::string_view key;
  /// What the option sets the key to; empty: the value that is given.
  std::string_view sets;
  /// How that value is shown in help: "SIZE". Empty for a flag.
  std::string_view type;
  /// What it does, in one line of help.
  std::string_view help;
  /// It decides what a machine gives a run.
  bool of_machine = false;
};

/// All of them: those that take a value in the order of `memguard config`, then the flags.
[[nodiscard]] std::vector<Option> options();

}  // namespace memguard::config
