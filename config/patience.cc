#include "config/patience.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"

namespace memguard::config {
namespace {

struct Unit {
  std::string_view name;  // in lower case
  double seconds;
};
constexpr std::array<Unit, 5> kUnits{{{"", 1}, {"s", 1}, {"ms", 0.001}, {"min", 60}, {"h", 3600}}};
constexpr double kMostSeconds = 3.6e7;
constexpr std::string_view kForms = "Write a time such as 10s, 500ms or 2min.";

std::string lower(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return all;
}

}  // namespace

Result<Duration> parse_time(std::string_view text) {
  const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
  // from_chars alone would take "inf", "1e9" and "-1".
  const auto number = to_number<double>(text.substr(0, end));
  if (!number) return fail(fmt::format("'{}' is no time", printable(text)), 0, std::string(kForms));
  const std::string name = lower(text.substr(end));
  const auto* const unit = std::ranges::find(kUnits, name, &Unit::name);
  if (unit == kUnits.end())
    return fail(fmt::format("time '{}': unknown unit '{}'", printable(text), printable(text.substr(end))), 0,
                "Use ms, s, min or h.");
  const double seconds = *number * unit->seconds;
  if (seconds > kMostSeconds) return fail(fmt::format("time '{}': too long", printable(text)));
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::string to_text(Duration time) { return fmt::format("{}s", std::chrono::duration<double>(time).count()); }

}  // namespace memguard::config
