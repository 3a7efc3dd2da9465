// One layer before it is merged: what a file says, still as text. Internal to config/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace memguard::config {

/// Programs that a file puts into a class.
struct ClassRule {
  std::string name;
  std::vector<std::string> programs;
};

/// What a configuration file says.
struct FileLayer {
  std::vector<TextSetting> settings;
  std::vector<ClassRule> classes;
};

/// Reads JSON with comments. Knows syntax, keys and types; values are checked when they are applied. `name` stands in
/// front of every error and is the origin of the settings.
[[nodiscard]] Result<FileLayer> parse_json_layer(std::string_view text, const std::string& name);

/// How a setting is written.
enum class Form : std::uint8_t { text, flag };
/// The form of a plain setting; nothing when there is no such key ("classes" is none: it has no text form).
[[nodiscard]] std::optional<Form> form_of(std::string_view key);
/// The keys of the plain settings.
[[nodiscard]] std::vector<std::string_view> plain_keys();
/// Checks and stores one value. The error begins with the value's problem; the caller puts the place in front.
[[nodiscard]] Status apply(Config& config, const TextSetting& setting);
/// A plain setting for people: its value as it would be written, and its origin.
struct Shown {
  std::string_view key;
  std::string value;
  std::string_view origin;
};
[[nodiscard]] std::vector<Shown> show_settings(const Config& config);

/// Adds the rules of one layer. Refused: a bad class or program name, a program twice. Errors begin with the JSON path.
[[nodiscard]] Status apply(Config& config, const std::vector<ClassRule>& rules, const std::string& origin);

}  // namespace memguard::config
