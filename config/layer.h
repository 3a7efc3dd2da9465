// One layer before it is merged: what a file says, still as text. Internal to config/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "json/value.h"

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
  std::vector<Rule> rules;
};

/// Reads JSON with comments. Knows syntax, keys and types; values are checked when they are applied. `name` stands in
/// front of every error and is the origin of the settings.
[[nodiscard]] Result<FileLayer> parse_json_layer(std::string_view text, const std::string& name);

/// How a setting is written in JSON: a string, true or false, or a count, which may also be a string.
enum class Form : std::uint8_t { text, flag, count };
/// The value of a setting of that form as text. A wrong type is noted in `value`.
[[nodiscard]] std::string text_of(Form form, const json::Value& value);
/// Makes the path of a file, as of `json`, absolute if it is one (not "none", not "-") and relative: it is meant from
/// where it is written.
void resolve_path(TextSetting& setting, const std::string& folder);
/// The folder a file with this absolute path is in.
[[nodiscard]] std::string folder_of(const std::string& path);
/// "/home/you/x" as "~/x", fit to be shown.
[[nodiscard]] std::string shown(const Environment& environment, const std::string& path);
/// Notes in `value` that its key is none of these, with the nearest one.
void refuse_key(const json::Value& value, std::string_view key, std::span<const std::string_view> known);

/// The form of a plain setting; nothing when there is no such key ("classes" is none: it has no text form).
[[nodiscard]] std::optional<Form> form_of(std::string_view key);
/// Whether its value is the path of a file.
[[nodiscard]] bool is_path(std::string_view key);
/// The keys of the plain settings.
[[nodiscard]] std::vector<std::string_view> plain_keys();
/// Checks and stores one value. The error begins with the value's problem; the caller puts the place in front.
[[nodiscard]] Status apply(Config& config, const TextSetting& setting);
/// "MEMGUARD_KEEP_FREE" of "keep-free".
[[nodiscard]] std::string variable_of(std::string_view key);
/// Whose word a file is: the user's (and the administrator's), or that of whoever wrote the project.
enum class Author : std::uint8_t { user, project };
/// Refused with where to set it instead, unless it is a plain setting that a project's files may set: none that writes
/// a file, turns a part of the guard off or says what the user is told. `user_file` is the user's configuration as it
/// is shown.
[[nodiscard]] Status may_be_set_by_project(std::string_view key, const std::string& user_file);
/// The plain settings that pass.
[[nodiscard]] std::vector<std::string_view> keys_of_project();
/// The file of the user's own that has set `key`, where a project may not say otherwise (keep-free, swap,
/// require-tier); empty when the project's word counts.
[[nodiscard]] std::string said_by_user(const Config& config, std::string_view key);
/// What is shown of the user's configuration file; a description of its place when there is no HOME.
[[nodiscard]] std::string shown_user_file(const Environment& environment);
/// Notes a file of another user, which is skipped.
void add_foreign(Config& config, const Environment& environment, const std::string& name);
/// Applies a setting of a project's file, or notes in `config.ignored` that the user's own file keeps its word. The
/// error is the value's problem, or that a project may not set it.
[[nodiscard]] Status apply_project(Config& config, const Environment& environment, const TextSetting& setting);
/// A size for memory: less than 1 MiB has lost its unit and is refused.
[[nodiscard]] Result<Size> parse_memory(std::string_view text);

/// Adds the rules of one layer. Refused: a bad class or program name, a program twice. Errors begin with the JSON path.
[[nodiscard]] Status apply(Config& config, const std::vector<ClassRule>& rules, const std::string& origin);

/// Reads one rule, an object. What is wrong with it is noted in `value`.
[[nodiscard]] Rule read_rule(const json::Value& value, const std::string& origin);
/// The keys of a rule that say what a job needs.
[[nodiscard]] std::span<const std::string_view> need_keys();
/// Reads what the member `key` of `value`, one of need_keys(), says. What is wrong with it is noted.
void read_need(Rule& rule, const json::Value& value, std::string_view key);

/// Adds what cargo metadata (the text it prints) declares; what is wrong with it goes to `config.ignored`.
void add_cargo_metadata(Config& config, const Environment& environment, std::string_view text);

}  // namespace memguard::config
