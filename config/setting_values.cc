// How the value of each plain setting is checked and stored, and how it is shown.
#include "config/setting_values.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "config/layer.h"
#include "config/nearest.h"
#include "config/patience.h"

namespace memguard::config {
namespace {

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

Status check_tier(std::string_view text, std::span<const std::string_view> tiers, const char* hint) {
  if (std::ranges::find(tiers, text) != tiers.end()) return {};
  const auto near = nearest(text, tiers);
  return fail(fmt::format("unknown tier '{}'", printable(text)), 0,
              near ? fmt::format("Did you mean '{}'?", *near) : hint);
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

}  // namespace

Status store_flag(bool& value, std::string_view text) {
  constexpr std::array<std::string_view, 4> kYes{"1", "true", "yes", "on"};
  constexpr std::array<std::string_view, 4> kNo{"0", "false", "no", "off"};
  const bool yes = std::find(kYes.begin(), kYes.end(), text) != kYes.end();
  const bool no = std::find(kNo.begin(), kNo.end(), text) != kNo.end();
  if (!yes && !no) return fail(fmt::format("'{}' is neither yes nor no", printable(text)), 0, "Use 1 or 0.");
  value = yes;
  return {};
}

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

}  // namespace memguard::config
