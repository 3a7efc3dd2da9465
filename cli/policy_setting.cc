#include "cli/policy_setting.h"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/printable.h"
#include "config/nearest.h"
#include "config/size.h"
#include "record/settings_fields.h"

namespace memguard::cli {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Status wrong(std::string_view text, const char* hint) {
  return fail(fmt::format("--set: '{}' is no value for it", printable(text)), 0, hint);
}

Status read(std::string_view text, double& into) {
  const auto value = number(text);
  if (!value) return wrong(text, "Use a number, as 0.5.");
  into = *value;
  return {};
}

Status read(std::string_view text, int& into) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return wrong(text, "Use a whole number, as 3.");
  into = value;
  return {};
}

Status read(std::string_view text, Bytes& into) {
  const auto size = config::parse_size(text);
  if (!size || size->fraction != 0) return wrong(text, "Use a size, as 32MiB.");
  into = size->bytes;
  return {};
}

Status read(std::string_view text, Duration& into) {
  constexpr double kMost = 1e9;
  const bool milliseconds = text.ends_with("ms");
  const std::size_t unit = milliseconds ? 2 : 1;
  const auto value = text.ends_with('s') ? number(text.substr(0, text.size() - unit)) : std::nullopt;
  if (!value || *value < 0 || *value > kMost) return wrong(text, "Use a time, as 1.5s or 300ms.");
  into = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(milliseconds ? *value / 1000 : *value));
  return {};
}

Status read(std::string_view /*text*/, std::map<policy::ClassId, Bytes>& /*into*/) {
  return fail("--set: this one has a value for each class", 0, "Set unknown_peak.");
}

std::string written(double value) { return fmt::format("{}", value); }
std::string written(int value) { return fmt::format("{}", value); }
std::string written(Bytes value) { return config::to_text(config::Size{.fraction = 0, .bytes = value}); }
std::string written(Duration value) { return fmt::format("{}s", seconds(value)); }
// One for each class, which cannot be set.
std::string written(const std::map<policy::ClassId, Bytes>& /*value*/) { return {}; }

}  // namespace

TerminalText list_of_constants() {
  const policy::Settings settings;
  TerminalText list;
  const auto add = [&](const auto& field) {
    const std::string value = written(settings.*field.second);
    if (!value.empty()) list += terminal_text("{} {}\n", field.first, value);
  };
  std::apply([&](const auto&... fields) { (add(fields), ...); }, record::kSettingsFields);
  return list;
}

Status set_policy(policy::Settings& settings, std::string_view words) {
  const auto equals = words.find('=');
  if (equals == std::string_view::npos)
    return fail(fmt::format("--set: '{}' is no NAME=VALUE", printable(words)), 0, "Use --set backfill=2s.");
  const std::string_view name = words.substr(0, equals);
  std::optional<Status> done;
  std::vector<std::string_view> names;
  const auto set_one = [&](const auto& field) {
    names.emplace_back(field.first);
    if (field.first == name) done = read(words.substr(equals + 1), settings.*field.second);
  };
  std::apply([&](const auto&... fields) { (set_one(fields), ...); }, record::kSettingsFields);
  if (done) return std::move(*done);
  const auto near = config::nearest(std::string(name), names);
  return fail(fmt::format("--set: the policy has no constant '{}'", printable(name)), 0,
              near ? fmt::format("Did you mean {}?", *near) : "policy/settings.h has them all.");
}

}  // namespace memguard::cli
