// The table of the plain settings: key, what checks, stores and shows a value, and what people are told of it.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/printable.h"
#include "config/layer.h"
#include "config/options.h"
#include "config/setting_values.h"
#include "proc/lines.h"

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

// What manuals say of a setting, as in KeyFacts; `words` is a list with commas.
struct Told {
  ValueKind kind = ValueKind::flag;
  const char* words = "";
  const char* meaning = "";
  const char* page = "";
};

struct Entry {
  std::string_view key;
  Status (*store)(Config&, std::string_view text, std::string_view words);
  std::string (*show)(const Config&, std::string_view words);
  std::string& (*origin)(Config&);
  const std::string& (*origin_seen)(const Config&);
  Face face;
  Told told;

  [[nodiscard]] std::string shown(const Config& config) const { return show(config, told.words); }
};

// A member of Config whose values Store reads and Show writes.
template <auto Member, auto Store, auto Show>
constexpr Entry setting(std::string_view key, const Face& face, const Told& told) {
  return {
      key,
      [](Config& c, std::string_view text, std::string_view words) { return Store((c.*Member).value, text, words); },
      [](const Config& c, std::string_view words) -> std::string { return Show((c.*Member).value, words); },
      [](Config& c) -> std::string& { return (c.*Member).origin; },
      [](const Config& c) -> const std::string& { return (c.*Member).origin; },
      face,
      told};
}

// One for each kind of value. `words` are those that may be written for it.

template <auto Member>
constexpr Entry flag(std::string_view key, const char* help, const char* meaning, bool of_machine = false,
                     const char* page = "") {
  constexpr auto kStore = [](bool& value, std::string_view text, std::string_view) { return store_flag(value, text); };
  constexpr auto kShow = [](bool value, std::string_view) { return show_flag(value); };
  return setting<Member, kStore, kShow>(key, {"", help, ByProject::never, of_machine},
                                        {ValueKind::flag, "", meaning, page});
}

template <auto Member>
constexpr Entry count(std::string_view key, const char* help, const char* meaning) {
  return setting<Member, store_count, show_count>(key, {"N|auto", help, ByProject::freely},
                                                  {ValueKind::count, "auto", meaning});
}

template <auto Member, auto Store = store_size, auto Show = show_size>
constexpr Entry size(std::string_view key, const Face& face, const char* words, const char* meaning) {
  return setting<Member, Store, Show>(key, face, {ValueKind::size, words, meaning});
}

template <auto Member>
constexpr Entry time(std::string_view key, const Face& face, const char* meaning) {
  return setting<Member, store_time, show_time>(key, face, {ValueKind::time, "none", meaning});
}

template <auto Member>
constexpr Entry path(std::string_view key, const char* help, const char* meaning, const char* page) {
  return setting<Member, store_path, show_text>(key, {"FILE", help}, {ValueKind::path, "none", meaning, page});
}

template <auto Member>
constexpr Entry word(std::string_view key, const Face& face, const char* words, const char* meaning) {
  using Value = decltype((std::declval<Config&>().*Member).value);
  constexpr auto kStore = [](Value& value, std::string_view text, std::string_view known) {
    return store_word(value, text, known);
  };
  return setting<Member, kStore, show_text>(key, face, {ValueKind::word, words, meaning});
}

// In the order of `memguard config`. From this table come options, help, completions, manual pages, the schema and the
// table of docs/CONFIG.md.
constexpr std::array kSettings{
    size<&Config::memory, store_memory>(
        "memory",
        {"SIZE", "limit of the build (default: what this machine or container can give)", ByProject::freely,
         kOfMachine},
        "auto",
        "Limit of the build, of what this machine or container has; `auto` is what it can give. At "
        "least 32 MiB, what cargo alone needs; less than 1 MiB has lost its unit."),
    size<&Config::keep_free>(
        "keep-free",
        {"SIZE", "leave so much free on the machine while others come and go", ByProject::users_first, kOfMachine},
        "none",
        "Leave so much free on the machine, whoever uses the rest; `none` leaves 1 % of it, before the kernel looks "
        "for a victim."),
    size<&Config::swap, store_swap, show_swap>(
        "swap", {"SIZE|none", "swap the build may use", ByProject::users_first}, "none, max, auto",
        "How much swap the build may use (`memory.swap.max`), of the machine's swap; `auto` leaves it to memguard."),
    flag<&Config::gate>("gate", "do not watch execs (sudo works in the build)",
                        "Notice jobs before their first instruction. Without root this needs `no_new_privs`: sudo, "
                        "newuidmap and fusermount do not work inside the build.",
                        kOfMachine),
    flag<&Config::scope>("scope", "do not ask systemd for a scope",
                         "Ask systemd for a scope when memguard was started in no cgroup of its own.", kOfMachine),
    flag<&Config::restart>(
        "restart", "no shim: a compiler that memory ends is lost",
        "Start a compiler or linker again that memory ended, by `memguard-shim`, which stands above each. Wrappers "
        "(`RUSTC_WRAPPER`, `build.rustc-wrapper`) stay what cargo's configuration says.",
        kOfMachine),
    flag<&Config::history>("history", "neither use nor keep what earlier builds needed",
                           "Use what jobs needed in earlier builds, and remember what they need in this one."),
    flag<&Config::shared>("shared", "share a guarded sccache server that outlives the build",
                          "Builds share a server of sccache that a guarded run of its own has.", !kOfMachine,
                          "SCCACHE.md"),
    count<&Config::link_jobs>(
        "link-jobs", "at most N links at once (default: as many as memory allows)",
        "At most so many links at once; `auto` is as many as memory allows. In JSON a number or a string."),
    count<&Config::test_jobs>("test-jobs", "at most N test binaries at once (default: as many as memory allows)",
                              "At most so many test binaries at once, as `link-jobs`."),
    word<&Config::require_tier>(
        "require-tier",
        {"full|freezer|signal", "fail unless this machine gives that tier or more", ByProject::users_first, kOfMachine},
        "full, freezer, signal, any", "Fail instead of doing with less than this tier."),
    word<&Config::accept_tier>(
        "accept-tier",
        {"full|freezer|signal", "say nothing at the start when this machine gives that tier or more (default: full)"},
        "full, freezer, signal",
        "The least tier that a run takes without a line at its start. Without it that line is said once for each "
        "machine and reason."),
    time<&Config::stop_timeout>(
        "stop-timeout",
        {"TIME|none", "kill a build that has not ended so long after INT, TERM, HUP or QUIT (default: none)"},
        "How long the build may take to end after INT, TERM, HUP or QUIT before it is killed; `none` leaves that to "
        "whoever sent the signal. Also how long what a command left running has from TERM to KILL: there `none` is 5 "
        "s."),
    flag<&Config::quiet>("quiet", "only errors on stderr",
                         "Only errors on stderr; what was lost or not guarded is told in `json` alone."),
    flag<&Config::explain>("explain", "each decision with its numbers on stderr",
                           "Each decision with its numbers on stderr."),
    path<&Config::json>("json", "write what happened to FILE",
                        "Where the report of the run goes; stdout is `/dev/stdout`, not `-`. In a file a relative "
                        "path is relative to that file. A file called none is `./none`.",
                        "JSON.md"),
    path<&Config::record>(
        "record", "write each decision to FILE, for memguard simulate --replay",
        "Where what memguard saw and decided goes, for `memguard simulate --replay`. A path as for `json`.",
        "SIMULATE.md"),
    path<&Config::metrics>(
        "metrics", "write OpenMetrics text to FILE, every few seconds and at the end",
        "Where OpenMetrics text of the run goes, every few seconds and at its end. A path as for `json`.",
        "METRICS.md"),
    flag<&Config::slurm_comment>("slurm-comment", "set the comment of this Slurm job to what the build needed",
                                 "In a job of Slurm, set the job's comment to what the build needed.", !kOfMachine,
                                 "places/slurm.md"),
};

const Entry* entry_of(std::string_view key) {
  const auto* found =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == kSettings.end() ? nullptr : found;
}

bool is_of_project(const Entry& entry) { return entry.face.project != ByProject::never; }

Form form_of(ValueKind kind) {
  if (kind == ValueKind::flag) return Form::flag;
  return kind == ValueKind::count ? Form::count : Form::text;
}

}  // namespace

std::vector<Option> options() {
  const Config built_in;
  std::vector<Option> values;
  std::vector<Option> flags;
  for (const Entry& entry : kSettings) {
    const Face& face = entry.face;
    const std::string key(entry.key);
    if (entry.told.kind != ValueKind::flag) {
      values.push_back({"--" + key, entry.key, "", face.type, face.help, face.of_machine});
    } else if (entry.shown(built_in) == "true") {
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
  const char* hint = text.ends_with('%') ? "A share is more than 0 %, as 50%." : "Is the unit missing, as in 8GiB?";
  if (size && size->fraction == 0 && size->bytes < kSmallest)
    return fail(fmt::format("size '{}': less than 1 MiB", text), 0, hint);
  return size;
}

std::optional<Form> form_of(std::string_view key) {
  const Entry* entry = entry_of(key);
  if (entry == nullptr) return std::nullopt;
  return form_of(entry->told.kind);
}

bool is_path(std::string_view key) {
  const Entry* entry = entry_of(key);
  return entry != nullptr && entry->told.kind == ValueKind::path;
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
  auto stored = entry->store(config, setting.text, entry->told.words);
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
  const Config built_in;
  std::vector<KeyFacts> facts;
  facts.reserve(kSettings.size());
  for (const Entry& entry : kSettings)
    facts.push_back({.key = entry.key,
                     .kind = entry.told.kind,
                     .words = proc::split(entry.told.words, ", "),
                     .built_in = entry.shown(built_in),
                     .meaning = entry.told.meaning,
                     .page = entry.told.page,
                     .variable = variable_of(entry.key),
                     .of_project = is_of_project(entry),
                     .users_first = entry.face.project == ByProject::users_first});
  return facts;
}

std::vector<Shown> show_settings(const Config& config) {
  std::vector<Shown> shown;
  shown.reserve(kSettings.size());
  for (const Entry& entry : kSettings) shown.push_back({entry.key, entry.shown(config), entry.origin_seen(config)});
  return shown;
}

}  // namespace memguard::config
