#include "config/load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "config/layer.h"
#include "config/nearest.h"
#include "config/pattern.h"

namespace memguard::config {
namespace {

constexpr std::string_view kPrefix = "MEMGUARD_";
constexpr const char* kSystemFile = "/etc/memguard/config.json";
constexpr const char* kProjectFile = "memguard.json";

std::string variable_or_empty(const Environment& environment, const char* name) {
  const auto found = environment.variables.find(name);
  return found == environment.variables.end() ? std::string() : found->second;
}

// XDG Base Directory Specification: a relative path is to be ignored.
std::string user_file(const Environment& environment) {
  const auto base = variable_or_empty(environment, "XDG_CONFIG_HOME");
  if (base.starts_with('/')) return base + "/memguard/config.json";
  const auto home = variable_or_empty(environment, "HOME");
  return home.starts_with('/') ? home + "/.config/memguard/config.json" : std::string();
}

std::string in_folder(const std::string& folder, const std::string& name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

// One file that is there.
struct FoundFile {
  std::string path;
  std::string name;
  Author author;
};

Status apply_setting(Config& config, const Environment& environment, TextSetting& setting, const FoundFile& file) {
  if (file.author == Author::project) return apply_project(config, environment, setting);
  resolve_path(setting, folder_of(file.path));
  return apply(config, setting);
}

Status apply_file(Config& config, const Environment& environment, const std::string& text, const FoundFile& file) {
  const std::string& name = file.name;
  auto layer = parse_json_layer(text, name);
  if (!layer) return pass(std::move(layer.error()));
  for (auto& setting : layer->settings) {
    if (auto status = apply_setting(config, environment, setting, file); !status)
      return pass(std::move(status.error()).in("/" + setting.key), name);
  }
  std::ranges::move(layer->rules, std::back_inserter(config.rules));
  auto status = apply(config, layer->classes, name);
  return status ? status : Status(pass(std::move(status.error()), name));
}

// False when there is no such file.
Result<bool> add_file(Config& config, const Environment& environment, const std::string& path, Author author) {
  const auto name = shown(environment, path);
  const auto text = environment.read_owned_file(path);
  if (!text && text.error().code == ENOENT) return false;
  if (!text) return fail(name, text.error().code, text.error().hint);
  if (text->foreign) {
    add_foreign(config, environment, name);
    return true;
  }
  config.files.push_back({name, File::State::read});
  if (author == Author::user) config.own_files.push_back(name);
  if (auto status = apply_file(config, environment, text->text, {path, name, author}); !status)
    return pass(std::move(status.error()));
  return true;
}

Status add_fixed_file(Config& config, const Environment& environment, const std::string& path) {
  auto there = add_file(config, environment, path, Author::user);
  if (!there) return pass(std::move(there.error()));
  if (!*there) config.files.push_back({shown(environment, path), File::State::absent});
  return {};
}

Status add_project_file(Config& config, const Environment& environment) {
  std::string folder = environment.working_directory;
  if (!folder.starts_with('/')) return {};
  while (true) {
    auto there = add_file(config, environment, in_folder(folder, kProjectFile), Author::project);
    if (!there) return pass(std::move(there.error()));
    if (*there) return {};
    if (folder == "/") break;
    folder = folder_of(folder);
  }
  config.files.push_back(
      {shown(environment, in_folder(environment.working_directory, kProjectFile)), File::State::absent});
  return {};
}

Status add_files(Config& config, const Environment& environment) {
  if (auto status = add_fixed_file(config, environment, kSystemFile); !status) return status;
  const auto user = user_file(environment);
  if (!user.empty())
    if (auto status = add_fixed_file(config, environment, user); !status) return status;
  return add_project_file(config, environment);
}

// "KEEP_FREE" of "keep-free".
std::string variable_part(std::string_view key) { return variable_of(key).substr(kPrefix.size()); }

// What people call the limit elsewhere.
constexpr std::array<std::string_view, 4> kOtherNamesOfMemory{"LIMIT", "MEM", "MEMORY_LIMIT", "MAX_MEMORY"};

// The setting that a variable seems to mean: a known name mistyped, one with NO_ before it as in --no-gate, or another
// word for it.
std::optional<std::string> likely_meant(std::string_view part, const std::vector<std::string>& known) {
  constexpr std::string_view kNo = "NO_";
  const std::vector<std::string_view> words(known.begin(), known.end());
  if (std::ranges::find(kOtherNamesOfMemory, part) != kOtherNamesOfMemory.end()) return "MEMORY";
  if (part.starts_with(kNo))
    if (const auto near = nearest(part.substr(kNo.size()), words)) return std::string(*near) + "=0";
  const auto near = nearest(part, words);
  return near ? std::optional<std::string>(*near) : std::nullopt;
}

Status refuse_near_miss(const std::string& name, const std::vector<std::string>& known) {
  const auto meant = likely_meant(std::string_view(name).substr(kPrefix.size()), known);
  if (!meant) return {};
  return fail(fmt::format("{}: unknown variable", printable(name)), 0,
              fmt::format("Did you mean {}{}?", kPrefix, *meant));
}

Status add_variables(Config& config, const Environment& environment) {
  std::vector<std::string> known;
  for (const auto key : plain_keys()) {
    known.push_back(variable_part(key));
    const auto name = std::string(kPrefix) + known.back();
    const auto text = variable_or_empty(environment, name.c_str());
    if (text.empty()) continue;
    if (auto status = apply(config, {std::string(key), text, name}); !status)
      return pass(std::move(status.error()), name);
  }
  for (const auto& [name, text] : environment.variables) {
    if (!name.starts_with(kPrefix)) continue;
    if (std::find(known.begin(), known.end(), name.substr(kPrefix.size())) != known.end()) continue;
    if (auto status = refuse_near_miss(name, known); !status) return status;
  }
  return {};
}

// Classes may be made by any layer, so this is known only at the end.
void note_rules_for_no_class(Config& config) {
  std::vector<std::string_view> known;
  for (const auto& job_class : config.classes) known.emplace_back(job_class.name);
  for (const Rule& rule : config.rules) {
    const auto is_meant = [&](std::string_view name) { return matches(rule.job_class, name); };
    if (std::ranges::any_of(known, is_meant)) continue;
    const auto near = nearest(rule.job_class, known);
    config.ignored.push_back(
        {fmt::format("{}: /class: no class '{}'", rule.origin, printable(rule.job_class)), 0,
         near ? fmt::format("Did you mean '{}'?", *near) : fmt::format("Known are {}.", fmt::join(known, ", "))});
  }
}

}  // namespace

bool said_for_this_run(std::string_view origin) { return origin.starts_with("--") || origin.starts_with(kPrefix); }

std::string shown(const Environment& environment, const std::string& path) {
  const auto home = variable_or_empty(environment, "HOME");
  const bool below = home.size() > 1 && path.starts_with(home) && path.size() > home.size() && path[home.size()] == '/';
  return printable(below ? "~" + path.substr(home.size()) : path);
}

std::string variable_of(std::string_view key) {
  std::string name(kPrefix);
  for (const char c : key) name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name;
}

std::string shown_user_file(const Environment& environment) {
  const auto path = user_file(environment);
  return path.empty() ? "$XDG_CONFIG_HOME/memguard/config.json" : shown(environment, path);
}

void add_foreign(Config& config, const Environment& environment, const std::string& name) {
  config.files.push_back({name, File::State::foreign});
  config.ignored.push_back(
      {name + ": it belongs to another user", 0,
       fmt::format("What of it is to count here has to stand in {}.", shown_user_file(environment))});
}

Status apply_project(Config& config, const Environment& environment, const TextSetting& setting) {
  if (auto may = may_be_set_by_project(setting.key, shown_user_file(environment)); !may) return may;
  const std::string file = said_by_user(config, setting.key);
  if (file.empty()) return apply(config, setting);
  // Checked all the same: what is wrong stays wrong on the machine of somebody who has said nothing.
  Config elsewhere;
  auto checked = apply(elsewhere, setting);
  if (checked) config.ignored.push_back({fmt::format("{}: /{}: {} says it", setting.origin, setting.key, file), 0, {}});
  return checked;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

void resolve_path(TextSetting& setting, const std::string& folder) {
  const bool relative = is_path(setting.key) && !setting.text.empty() && setting.text[0] != '/';
  if (relative && setting.text != "none" && setting.text != "-") setting.text = in_folder(folder, setting.text);
}

std::vector<std::string_view> keys() {
  auto all = plain_keys();
  all.emplace_back("classes");
  all.emplace_back("rules");
  return all;
}

Result<Config> load(const Environment& environment, const std::vector<TextSetting>& options,
                    std::string_view cargo_metadata) {
  Config config;
  if (auto status = add_files(config, environment); !status) return pass(std::move(status.error()));
  if (!cargo_metadata.empty()) add_cargo_metadata(config, environment, cargo_metadata);
  if (auto status = add_variables(config, environment); !status) return pass(std::move(status.error()));
  for (const auto& option : options)
    if (auto status = apply(config, option); !status) return pass(std::move(status.error()), option.origin);
  note_rules_for_no_class(config);
  return config;
}

}  // namespace memguard::config
