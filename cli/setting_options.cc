#include "cli/setting_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "cli/shell_words.h"

namespace memguard::cli {
namespace {

struct SettingOption {
  const char* option;
  const char* key;
  /// What the option sets the key to; nullptr: its value, which is shown as `type` in the help.
  const char* text;
  const char* type;
  const char* what;
  SettingOptions which = SettingOptions::all;
};

constexpr auto kOfMachine = SettingOptions::of_machine;
constexpr std::array kOptions{
    SettingOption{"--memory", "memory", nullptr, "SIZE",
                  "limit of the build (default: what this machine or container can give)", kOfMachine},
    SettingOption{"--keep-free", "keep-free", nullptr, "SIZE",
                  "leave so much free on the machine while others come and go", kOfMachine},
    SettingOption{"--swap", "swap", nullptr, "SIZE|none", "swap the build may use"},
    SettingOption{"--link-jobs", "link-jobs", nullptr, "N|auto",
                  "at most N links at once (default: as many as memory allows)"},
    SettingOption{"--test-jobs", "test-jobs", nullptr, "N|auto",
                  "at most N test binaries at once (default: as many as memory allows)"},
    SettingOption{"--json", "json", nullptr, "FILE", "write what happened to FILE"},
    SettingOption{"--record", "record", nullptr, "FILE", "write each decision to FILE, for memguard simulate --replay"},
    SettingOption{"--metrics", "metrics", nullptr, "FILE",
                  "write OpenMetrics text to FILE, every few seconds and at the end"},
    SettingOption{"--require-tier", "require-tier", nullptr, "full|freezer|signal",
                  "fail unless this machine gives that tier or more", kOfMachine},
    SettingOption{"--accept-tier", "accept-tier", nullptr, "full|freezer|signal",
                  "say nothing at the start when this machine gives that tier or more (default: full)"},
    SettingOption{"--stop-timeout", "stop-timeout", nullptr, "TIME|none",
                  "kill a build that has not ended so long after INT, TERM, HUP or QUIT (default: none)"},
    SettingOption{"--no-gate", "gate", "false", nullptr, "do not watch execs (sudo works in the build)", kOfMachine},
    SettingOption{"--no-scope", "scope", "false", nullptr, "do not ask systemd for a scope", kOfMachine},
    SettingOption{"--no-restart", "restart", "false", nullptr, "no shim: a compiler that memory ends is lost",
                  kOfMachine},
    SettingOption{"--no-history", "history", "false", nullptr, "neither use nor keep what earlier builds needed"},
    SettingOption{"--shared", "shared", "true", nullptr, "share a guarded sccache server that outlives the build"},
    SettingOption{"--quiet", "quiet", "true", nullptr, "only errors on stderr"},
    SettingOption{"--explain", "explain", "true", nullptr, "each decision with its numbers on stderr"},
};

void add(CLI::App& app, std::vector<config::TextSetting>& settings, const SettingOption& option) {
  if (option.text != nullptr) {
    app.add_flag_callback(
        option.option,
        [&settings, &option] {
          settings.push_back({option.key, option.text, option.option});
        },
        option.what);
    return;
  }
  app.add_option_function<std::string>(
         option.option,
         [&settings, &option](const std::string& text) {
           settings.push_back({option.key, text, option.option});
         },
         option.what)
      ->type_name(option.type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace

void add_settings(CLI::App& app, std::vector<config::TextSetting>& settings, SettingOptions which) {
  const auto wanted = [which](const SettingOption& option) {
    if (which == SettingOptions::all_but_json) return std::string_view(option.key) != "json";
    return which == SettingOptions::all || option.which == which;
  };
  for (const SettingOption& option : kOptions)
    if (wanted(option)) add(app, settings, option);
}

bool is_setting_option(std::string_view option) {
  return std::ranges::any_of(kOptions, [&](const SettingOption& known) { return known.option == option; });
}

std::string late_option_hint(const std::vector<std::string>& command) {
  const auto end = std::ranges::find(command, "--");
  const auto late = std::find_if(command.begin(), end, [](const std::string& word) {
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    return name != "--quiet" && name != "--json" && is_setting_option(name);
  });
  if (late == end) return {};
  const auto* known = std::ranges::find_if(
      kOptions, [&](const SettingOption& option) { return late->substr(0, late->find('=')) == option.option; });
  const bool value_follows = known->text == nullptr && late->find('=') == std::string::npos && late + 1 != end;
  const auto after = late + (value_follows ? 2 : 1);
  std::vector<std::string> words(late, after);
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), late);
  words.insert(words.end(), after, command.end());
  std::string line = shell_words(words);
  constexpr std::size_t kLongest = 200;  // more is no help
  if (line.size() > kLongest) line = shell_words({late, after}) + " -- ...";
  return fmt::format("{} was given to {}. Options of memguard stand in front: memguard run {}", *late, command.front(),
                     line);
}

}  // namespace memguard::cli
