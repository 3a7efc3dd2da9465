// Settings as options of the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace CLI {
class App;
}

namespace memguard::cli {

/// Which of the settings a command has options for.
enum class SettingOptions : std::uint8_t {
  all,
  all_but_json,  ///< where --json asks for the answer as JSON
  of_machine,    ///< those that decide what a machine gives a run, which is what `memguard doctor` tells
};

/// Adds them to `app`, which puts what it reads to the end of `settings`. Of an option that is given twice the last
/// counts.
void add_settings(CLI::App& app, std::vector<config::TextSetting>& settings, SettingOptions which);

/// Whether `option` ("--json") is one of all these.
[[nodiscard]] bool is_setting_option(std::string_view option);

/// What to say when a command failed that was given one of them, as `cargo build --memory 3GiB`: where it belongs, with
/// the line to type. Empty when there is none; `--quiet` and `--json` are other programs' options too, and nothing
/// after a `--` is looked at.
[[nodiscard]] std::string late_option_hint(const std::vector<std::string>& command);

}  // namespace memguard::cli
