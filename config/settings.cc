// The table of the plain settings: key, form, how a value is checked and stored, how it is shown, and what people are
// told of it.
#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "config/layer.h"
#include "config/nearest.h"
#include "config/options.h"
#include "config/patience.h"

namespace memguard::config {
namespace {

// What a cloned repository may say: how much its build needs and how it is best laid out. Nothing that it may say names
// a file that is written, turns a part of the guard off, or decides what the user is told.
enum class ByProject : std::uint8_t {
  never,
  users_first,  // only where the user's own files are silent: it protects the user's own machine
  freely,
};

// A setting as people see it.
struct Face {
  const char* type = "";
  const char* help = "";
  ByProject project = ByProject::never;
  bool of_machine = false;
};

constexpr bool kOfMachine = true;

struct Entry {
  std::string_view key;
  Form form;
  Status (*store)(Config&, std::string_view text);
  std::string (*show)(const Config&);
  std::string& (*origin)(Config&);
  const std::string& (*origin_seen)(const Config&);
  Face face;
};

// --- the kinds of values

Status store_size(std::optional<Size>& value, std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return tl::unexpected<Error>(size.error());
  value = *size;
  return {};
}

Status store_size_or(std::string_view nothing, std::optional<Size>& value, std::string_view text) {
  if (text != nothing) return store_size(value, text);
  value.reset();
  return {};
}

std::string show_size_or(std::string_view nothing, const std::optional<Size>& value) {
  return value ? to_text(*value) : std::string(nothing);
}

Status store_flag(bool& value, std::string_view text) {
  constexpr std::array<std::string_view, 4> kYes{"1", "true", "yes", "on"};
  constexpr std::array<std::string_view, 4> kNo{"0", "false", "no", "off"};
  const bool yes = std::find(kYes.begin(), kYes.end(), text) != kYes.end();
  const bool no = std::find(kNo.begin(), kNo.end(), text) != kNo.end();
  if (!yes && !no) return fail(fmt::format("'{}' is neither yes nor no", printable(text)), 0, "Use 1 or 0.");
  value = yes;
  return {};
}

// --- values with rules of their own

Status store_memory(Config& config, std::string_view text) {
  if (text == "auto") return config.memory.value.reset(), Status();
  const auto size = parse_memory(text);
  if (!size) return tl::unexpected<Error>(size.error());
  config.memory.value = *size;
  return {};
}

std::string show_memory(const Config& config) { return show_size_or("auto", config.memory.value); }

Status store_keep_free(Config& config, std::string_view text) {
  return store_size_or("none", config.keep_free.value, text);
}
std::string show_keep_free(const Config& config) { return show_size_or("none", config.keep_free.value); }

Status store_swap(Config& config, std::string_view text) {
  auto& swap = config.swap.value;
  if (text != "none" && text != "max") return store_size_or("auto", swap, text);
  swap = text == "none" ? Size{} : Size{0, Bytes::unlimited()};
  return {};
}

std::string show_swap(const Config& config) {
  return config.swap.value == Size{} ? "none" : show_size_or("auto", config.swap.value);
}

Status check_tier(std::string_view text, std::span<const std::string_view> tiers, const char* hint) {
  if (std::ranges::find(tiers, text) != tiers.end()) return {};
  const auto near = nearest(text, tiers);
  return fail(fmt::format("unknown tier '{}'", printable(text)), 0,
              near ? fmt::format("Did you mean '{}'?", *near) : hint);
}

Status store_tier(Config& config, std::string_view text) {
  constexpr std::array<std::string_view, 4> kTiers{"any", "signal", "freezer", "full"};
  if (auto known = check_tier(text, kTiers, "Use full, freezer, signal or any."); !known) return known;
  config.require_tier.value.reset();
  if (text != "any") config.require_tier.value = text;
  return {};
}

std::string show_tier(const Config& config) { return config.require_tier.value.value_or("any"); }

Status store_accept_tier(Config& config, std::string_view text) {
  constexpr std::array<std::string_view, 3> kTiers{"signal", "freezer", "full"};
  if (auto known = check_tier(text, kTiers, "Use full, freezer or signal."); !known) return known;
  config.accept_tier.value = text;
  return {};
}

std::string show_accept_tier(const Config& config) { return config.accept_tier.value; }

Status store_stop_timeout(Config& config, std::string_view text) {
  if (text == "none") return config.stop_timeout.value.reset(), Status();
  const auto time = parse_time(text);
  if (!time) return tl::unexpected<Error>(time.error());
  config.stop_timeout.value = *time;
  return {};
}

std::string show_stop_timeout(const Config& config) {
  return config.stop_timeout.value ? to_text(*config.stop_timeout.value) : "none";
}

Status store_path(std::optional<std::string>& value, std::string_view text) {
  if (text.empty()) return fail("the path is empty");
  if (text.find('\0') != std::string_view::npos) return fail("the path has a NUL in it");
  if (text == "-")
    return fail("'-' is no file", 0, "Use /dev/stdout, /dev/stderr or /dev/fd/N; a file of this name is ./-.");
  // The next run would read its own report as the project's settings, and refuse it.
  if (text == "memguard.json" || text.ends_with("/memguard.json"))
    return fail("memguard.json is the name of the project's settings", 0, "Choose another name.");
  value.reset();
  if (text != "none") value = text;
  return {};
}

Status store_json(Config& config, std::string_view text) { return store_path(config.json.value, text); }
std::string show_json(const Config& config) { return config.json.value.value_or("none"); }

Status store_record(Config& config, std::string_view text) { return store_path(config.record.value, text); }
std::string show_record(const Config& config) { return config.record.value.value_or("none"); }

Status store_metrics(Config& config, std::string_view text) { return store_path(config.metrics.value, text); }
std::string show_metrics(const Config& config) { return config.metrics.value.value_or("none"); }

Status store_jobs(std::optional<int>& value, std::string_view text) {
  if (text == "auto") return value.reset(), Status();
  const auto jobs = to_number<int>(text);
  if (!jobs || *jobs < 1)
    return fail(fmt::format("'{}' is no number of jobs", printable(text)), 0, "Use auto, or a whole number from 1.");
  value = *jobs;
  return {};
}

std::string show_jobs(const std::optional<int>& value) { return value ? std::to_string(*value) : "auto"; }

// --- the table

template <auto Member>
constexpr Entry text(std::string_view key, Status (*store)(Config&, std::string_view),
                     std::string (*show)(const Config&), const Face& face) {
  return {key,
          Form::text,
          store,
          show,
          [](Config& c) -> std::string& { return (c.*Member).origin; },
          [](const Config& c) -> const std::string& { return (c.*Member).origin; },
          face};
}

template <auto Member>
constexpr Entry flag(std::string_view key, const char* help, bool of_machine = false) {
  Entry entry = text<Member>(
      key, [](Config& c, std::string_view word) { return store_flag((c.*Member).value, word); },
      [](const Config& c) -> std::string { return (c.*Member).value ? "true" : "false"; },
      Face{"", help, ByProject::never, of_machine});
  entry.form = Form::flag;
  return entry;
}

template <auto Member>
constexpr Entry count(std::string_view key, const char* help) {
  Entry entry = text<Member>(
      key, [](Config& c, std::string_view word) { return store_jobs((c.*Member).value, word); },
      [](const Config& c) -> std::string { return show_jobs((c.*Member).value); },
      Face{"N|auto", help, ByProject::freely});
  entry.form = Form::count;
  return entry;
}

// In the order of `memguard config`.
constexpr std::array kSettings{
    text<&Config::memory>("memory", store_memory, show_memory,
                          {"SIZE", "limit of the build (default: what this machine or container can give)",
                           ByProject::freely, kOfMachine}),
    text<&Config::keep_free>(
        "keep-free", store_keep_free, show_keep_free,
        {"SIZE", "leave so much free on the machine while others come and go", ByProject::users_first, kOfMachine}),
    text<&Config::swap>("swap", store_swap, show_swap, {"SIZE|none", "swap the build may use", ByProject::users_first}),
    flag<&Config::gate>("gate", "do not watch execs (sudo works in the build)", kOfMachine),
    flag<&Config::scope>("scope", "do not ask systemd for a scope", kOfMachine),
    flag<&Config::restart>("restart", "no shim: a compiler that memory ends is lost", kOfMachine),
    flag<&Config::history>("history", "neither use nor keep what earlier builds needed"),
    flag<&Config::shared>("shared", "share a guarded sccache server that outlives the build"),
    count<&Config::link_jobs>("link-jobs", "at most N links at once (default: as many as memory allows)"),
    count<&Config::test_jobs>("test-jobs", "at most N test binaries at once (default: as many as memory allows)"),
    text<&Config::require_tier>("require-tier", store_tier, show_tier,
                                {"full|freezer|signal", "fail unless this machine gives that tier or more",
                                 ByProject::users_first, kOfMachine}),
    text<&Config::accept_tier>(
        "accept-tier", store_accept_tier, show_accept_tier,
        {"full|freezer|signal", "say nothing at the start when this machine gives that tier or more (default: full)"}),
    text<&Config::stop_timeout>(
        "stop-timeout", store_stop_timeout, show_stop_timeout,
        {"TIME|none", "kill a build that has not ended so long after INT, TERM, HUP or QUIT (default: none)"}),
    flag<&Config::quiet>("quiet", "only errors on stderr"),
    flag<&Config::explain>("explain", "each decision with its numbers on stderr"),
    text<&Config::json>("json", store_json, show_json, {"FILE", "write what happened to FILE"}),
    text<&Config::record>("record", store_record, show_record,
                          {"FILE", "write each decision to FILE, for memguard simulate --replay"}),
    text<&Config::metrics>("metrics", store_metrics, show_metrics,
                           {"FILE", "write OpenMetrics text to FILE, every few seconds and at the end"}),
    flag<&Config::slurm_comment>("slurm-comment", "set the comment of this Slurm job to what the build needed"),
};

const Entry* entry_of(std::string_view key) {
  const auto* found =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == kSettings.end() ? nullptr : found;
}

bool is_of_project(const Entry& entry) { return entry.face.project != ByProject::never; }

}  // namespace

std::vector<Option> options() {
  const Config built_in;
  std::vector<Option> values;
  std::vector<Option> flags;
  for (const Entry& entry : kSettings) {
    const Face& face = entry.face;
    const std::string key(entry.key);
    if (entry.form != Form::flag) {
      values.push_back({"--" + key, entry.key, "", face.type, face.help, face.of_machine});
    } else if (entry.show(built_in) == "true") {
      flags.push_back({"--no-" + key, entry.key, "false", "", face.help, face.of_machine});
    } else {
      flags.push_back({"--" + key, entry.key, "true", "", face.help, face.of_machine});
    }
  }
  values.insert(values.end(), flags.begin(), flags.end());
  return values;
}

Result<Size> parse_memory(std::string_view text) {
  auto size = parse_size(text);
  constexpr Bytes kSmallest{1LL << 20};
  if (size && size->fraction == 0 && size->bytes < kSmallest)
    return fail(fmt::format("size '{}': less than 1 MiB", text), 0, "Is the unit missing, as in 8GiB?");
  return size;
}

std::optional<Form> form_of(std::string_view key) {
  const Entry* entry = entry_of(key);
  if (entry == nullptr) return std::nullopt;
  return entry->form;
}

std::vector<std::string_view> plain_keys() {
  std::vector<std::string_view> keys;
  keys.reserve(kSettings.size());
  for (const Entry& entry : kSettings) keys.push_back(entry.key);
  return keys;
}

Status apply(Config& config, const TextSetting& setting) {
  const Entry* entry = entry_of(setting.key);
  if (entry == nullptr) return fail(fmt::format("unknown setting '{}'", printable(setting.key)));
  auto stored = entry->store(config, setting.text);
  if (stored) entry->origin(config) = setting.origin;
  return stored;
}

Status may_be_set_by_project(std::string_view key, const std::string& user_file) {
  const Entry* entry = entry_of(key);
  if (entry != nullptr && is_of_project(*entry)) return {};
  std::string variable = variable_of(key);
  return fail("a project's files may not set this", 0,
              fmt::format("Set it in {}, as {} or on the command line.", user_file, variable));
}

std::vector<std::string_view> keys_of_project() {
  std::vector<std::string_view> keys;
  for (const Entry& entry : kSettings)
    if (is_of_project(entry)) keys.push_back(entry.key);
  return keys;
}

std::string said_by_user(const Config& config, std::string_view key) {
  const Entry* entry = entry_of(key);
  if (entry == nullptr || entry->face.project != ByProject::users_first) return {};
  const std::string& origin = entry->origin_seen(config);
  return std::ranges::find(config.own_files, origin) == config.own_files.end() ? std::string() : origin;
}

std::vector<std::string> options_given(const Config& config) {
  std::vector<std::string> options;
  for (const Entry& entry : kSettings) {
    if (const auto& origin = entry.origin_seen(config); origin.starts_with("--")) options.push_back(origin);
  }
  return options;
}

std::vector<KeyFacts> key_facts() {
  std::vector<KeyFacts> facts;
  facts.reserve(kSettings.size());
  for (const Entry& entry : kSettings)
    facts.push_back(
        {entry.key, variable_of(entry.key), is_of_project(entry), entry.face.project == ByProject::users_first});
  return facts;
}

std::vector<Shown> show_settings(const Config& config) {
  std::vector<Shown> shown;
  shown.reserve(kSettings.size());
  for (const Entry& entry : kSettings) shown.push_back({entry.key, entry.show(config), entry.origin_seen(config)});
  return shown;
}

}  // namespace memguard::config
