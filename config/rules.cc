// What files and cargo metadata say of some jobs.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "config/layer.h"

namespace memguard::config {
namespace {

constexpr std::array<std::string_view, 5> kMatchKeys{"class", "package", "crate", "output", "program"};
constexpr std::array<std::string_view, 5> kNeedKeys{"memory", "link-memory", "link-jobs", "test-jobs", "restart"};

std::string pattern_of(const json::Value& rule, std::string_view key) {
  const auto value = rule.find(key);
  if (value.missing()) return {};
  auto pattern = value.text();
  // An empty one would match all jobs, which nobody says by writing a key down.
  if (pattern.empty()) value.wrong("the pattern is empty", "Use * for any name.");
  return pattern;
}

std::optional<Size> size_of(const json::Value& rule, std::string_view key) {
  const auto value = rule.find(key);
  if (value.missing() || !value.is_string()) return static_cast<void>(value.text()), std::nullopt;
  const auto size = parse_memory(value.text());
  if (!size) return value.wrong(size.error().what, size.error().hint), std::nullopt;
  return *size;
}

int count_of(const json::Value& rule, std::string_view key) {
  return static_cast<int>(rule.find(key).integer(1, std::numeric_limits<int>::max()));
}

bool has_any(const json::Value& rule, std::span<const std::string_view> keys) {
  return std::ranges::any_of(keys, [&](std::string_view key) { return !rule.find(key).missing(); });
}

void add(std::string& list, std::string_view key, const std::string& value) {
  if (!value.empty()) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", key, value);
}

}  // namespace

std::span<const std::string_view> need_keys() { return kNeedKeys; }

void read_need(Rule& rule, const json::Value& value, std::string_view key) {
  if (key == "memory") rule.memory = size_of(value, key);
  if (key == "link-memory") rule.link_memory = size_of(value, key);
  if (key == "link-jobs") rule.link_jobs = count_of(value, key);
  if (key == "test-jobs") rule.test_jobs = count_of(value, key);
  if (key == "restart") rule.restart = value.find(key).boolean();
}

Rule read_rule(const json::Value& value, const std::string& origin) {
  Rule rule;
  rule.origin = origin;
  std::vector<std::string_view> known(kMatchKeys.begin(), kMatchKeys.end());
  known.insert(known.end(), kNeedKeys.begin(), kNeedKeys.end());
  const auto keys = value.keys();
  for (const auto& key : keys) {
    if (std::ranges::find(known, key) == known.end()) refuse_key(value.find(key), key, known);
    read_need(rule, value, key);
  }
  rule.job_class = pattern_of(value, "class");
  rule.package = pattern_of(value, "package");
  rule.crate = pattern_of(value, "crate");
  rule.output = pattern_of(value, "output");
  rule.program = pattern_of(value, "program");
  if (!has_any(value, kMatchKeys))
    value.wrong("a rule for no jobs", fmt::format("Name them by {}.", fmt::join(kMatchKeys, ", ")));
  if (!has_any(value, kNeedKeys))
    value.wrong("a rule that says nothing", fmt::format("Give {}.", fmt::join(kNeedKeys, ", ")));
  return rule;
}

std::string to_text(const Rule& rule) {
  std::string jobs;
  add(jobs, "class", printable(rule.job_class));
  add(jobs, "package", printable(rule.package));
  add(jobs, "crate", printable(rule.crate));
  add(jobs, "output", printable(rule.output));
  add(jobs, "program", printable(rule.program));
  std::string needs;
  if (rule.memory) add(needs, "memory", to_text(*rule.memory));
  if (rule.link_memory) add(needs, "link-memory", to_text(*rule.link_memory));
  if (rule.link_jobs) add(needs, "link-jobs", std::to_string(*rule.link_jobs));
  if (rule.test_jobs) add(needs, "test-jobs", std::to_string(*rule.test_jobs));
  if (rule.restart) add(needs, "restart", *rule.restart ? "true" : "false");
  return jobs + ": " + needs;
}

}  // namespace memguard::config
