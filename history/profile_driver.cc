#include "history/profile_driver.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace memguard::history {
namespace {

constexpr std::array<std::string_view, 4> kSettings{"lto", "debuginfo", "codegen-units", "opt-level"};
constexpr double kWorthNaming = 1.1;

/// A profile without one of its words.
struct Split {
  std::string rest;
  std::string word;
};

bool sets(std::string_view word, std::string_view setting) {
  return word.starts_with(setting) && (word.size() == setting.size() || word[setting.size()] == '=');
}

Split without(std::string_view profile, std::string_view setting) {
  Split split;
  while (!profile.empty()) {
    const auto blank = std::min(profile.find(' '), profile.size());
    const auto word = profile.substr(0, blank);
    if (sets(word, setting))
      split.word = word;
    else
      split.rest += std::string(word) + ' ';
    profile.remove_prefix(std::min(blank + 1, profile.size()));
  }
  if (split.word.empty()) split.word = fmt::format("no {}", setting);
  return split;
}

/// The least and the most of units that are alike but for one setting.
struct Span {
  const UnitRuns* least = nullptr;
  const UnitRuns* most = nullptr;

  void add(const UnitRuns& unit) {
    if (least == nullptr || unit.expected < least->expected) least = &unit;
    if (most == nullptr || unit.expected > most->expected) most = &unit;
  }
  [[nodiscard]] Bytes width() const { return most == nullptr ? Bytes{} : most->expected - least->expected; }
  [[nodiscard]] bool worth_naming() const {
    return most != nullptr && least->expected > Bytes{} && most->expected >= kWorthNaming * least->expected;
  }
};

std::optional<Driver> driver(const std::vector<UnitRuns>& units, std::string_view setting) {
  std::map<std::vector<std::string>, Span> alike;
  for (const UnitRuns& one : units) {
    const auto& unit = one.unit;
    const std::string rest = without(unit.profile, setting).rest;
    alike[{unit.job_class, unit.name, unit.version, unit.kind, unit.target, unit.compiler, rest}].add(one);
  }
  Span widest;
  for (const auto& [key, span] : alike) {
    if (span.worth_naming() && span.width() > widest.width()) widest = span;
  }
  if (widest.most == nullptr) return std::nullopt;
  const auto word = [&](const UnitRuns* unit) { return without(unit->unit.profile, setting).word; };
  return Driver{widest.most->unit, word(widest.most), word(widest.least), widest.most->expected,
                widest.least->expected};
}

}  // namespace

std::vector<Driver> profile_drivers(const std::vector<UnitRuns>& units) {
  std::vector<Driver> drivers;
  for (const std::string_view setting : kSettings) {
    if (auto found = driver(units, setting)) drivers.push_back(std::move(*found));
  }
  std::ranges::stable_sort(drivers, std::ranges::greater{}, [](const Driver& d) { return d.more - d.less; });
  return drivers;
}

}  // namespace memguard::history
