#include "cli/setting_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "cli/shell_words.h"
#include "config/options.h"

namespace memguard::cli {
namespace {

const std::vector<config::Option>& all_options() {
  static const std::vector<config::Option> all = config::options();
  return all;
}

void add(CLI::App& app, std::vector<config::TextSetting>& settings, const config::Option& option) {
  const std::string help(option.help);
  if (!option.sets.empty()) {
    app.add_flag_callback(
        option.name,
        [&settings, &option] {
          settings.push_back({std::string(option.key), std::string(option.sets), option.name});
        },
        help);
    return;
  }
  app.add_option_function<std::string>(
         option.name,
         [&settings, &option](const std::string& text) {
           settings.push_back({std::string(option.key), text, option.name});
         },
         help)
      ->type_name(std::string(option.type))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace

void add_settings(CLI::App& app, std::vector<config::TextSetting>& settings, SettingOptions which) {
  const auto wanted = [which](const config::Option& option) {
    if (which == SettingOptions::all_but_json) return option.key != "json";
    return which == SettingOptions::all || option.of_machine;
  };
  for (const config::Option& option : all_options())
    if (wanted(option)) add(app, settings, option);
}

bool is_setting_option(std::string_view option) {
  return std::ranges::find(all_options(), option, &config::Option::name) != all_options().end();
}

std::string late_option_hint(const std::vector<std::string>& command) {
  const auto end = std::ranges::find(command, "--");
  const auto late = std::find_if(command.begin(), end, [](const std::string& word) {
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    return name != "--quiet" && name != "--json" && is_setting_option(name);
  });
  if (late == end) return {};
  const auto known = std::ranges::find(all_options(), late->substr(0, late->find('=')), &config::Option::name);
  const bool value_follows = known->sets.empty() && late->find('=') == std::string::npos && late + 1 != end;
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
