#include "manual/settings_made.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "config/layer.h"

namespace memguard::manual {
namespace {

using config::KeyFacts;
using config::ValueKind;
using Json = nlohmann::ordered_json;

constexpr std::string_view kClasses = "| class | programs |\n|---|---|\n";
constexpr std::string_view kHeading = "| key | value | default | meaning |\n|---|---|---|---|\n";
// A JSON text that is a number from 1 on.
constexpr const char* kCountInText = "^0*[1-9][0-9]*$";

// --- the table of docs/CONFIG.md

std::string_view words_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::flag:
      return "true, false";
    case ValueKind::size:
      return "size";
    case ValueKind::count:
      return "whole number from 1";
    case ValueKind::time:
      return "time (`10s`, `500ms`, `2min`)";
    case ValueKind::path:
      return "path";
    case ValueKind::word:
      break;
  }
  return "";
}

std::string values_of(const KeyFacts& facts) {
  std::string values(words_of(facts.kind));
  for (const auto word : facts.words) values += fmt::format("{}`{}`", values.empty() ? "" : ", ", word);
  return values;
}

std::string row(const KeyFacts& facts) {
  const std::string more = facts.page.empty() ? "" : fmt::format(" See [{}]({}).", facts.page, facts.page);
  return fmt::format("| `{}` | {} | `{}` | {}{} |\n", facts.key, values_of(facts), facts.built_in, facts.meaning, more);
}

// A key of a configuration file that is a list or an object.
std::vector<std::string_view> other_keys() {
  const auto plain = config::plain_keys();
  std::vector<std::string_view> others;
  for (const auto key : config::keys()) {
    if (std::ranges::count(plain, key) == 0) others.push_back(key);
  }
  return others;
}

// Where the rows of plain settings end, also of those that are no longer there: at the first of another key.
std::size_t rows_end(std::string_view page, std::size_t at) {
  const auto is_plain = [others = other_keys()](std::string_view line) {
    return line.starts_with('|') &&
           std::ranges::none_of(others, [&](auto key) { return line.starts_with(fmt::format("| `{}` |", key)); });
  };
  while (at < page.size() && is_plain(page.substr(at))) at = std::min(page.find('\n', at), page.size() - 1) + 1;
  return at;
}

std::string row(const config::JobClass& of) {
  std::string programs;
  for (const auto& program : of.programs) programs += fmt::format("{}`{}`", programs.empty() ? "" : " ", program.value);
  return fmt::format("| `{}` | {} |\n", of.name,
                     programs.empty() ? "none by name: what is found by its size" : programs);
}

Result<std::string> with_classes_table(std::string_view page) {
  const auto heading = page.find(kClasses);
  if (heading == std::string_view::npos) return fail("the page has no table of classes");
  const auto begin = heading + kClasses.size();
  std::string rows;
  for (const auto& of : config::Config::built_in_classes()) rows += row(of);
  auto end = begin;
  while (page.substr(end).starts_with('|')) end = std::min(page.find('\n', end), page.size() - 1) + 1;
  return std::string(page.substr(0, begin)) + rows + std::string(page.substr(end));
}

// --- the schema

// An editor shows it as it is.
std::string without_backquotes(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '`');
  return plain;
}

Json words_alone(const KeyFacts& facts) {
  return facts.words.size() == 1 ? Json{{"const", facts.words.front()}} : Json{{"enum", facts.words}};
}

Json one_of_words_or(const KeyFacts& facts, const char* defined) {
  return Json::array({words_alone(facts), Json{{"$ref", defined}}});
}

void add_values(Json& property, const KeyFacts& facts) {
  switch (facts.kind) {
    case ValueKind::flag:
      property["type"] = "boolean";
      return;
    case ValueKind::size:
      property["anyOf"] = one_of_words_or(facts, "#/$defs/size");
      return;
    case ValueKind::count:
      property["anyOf"] = one_of_words_or(facts, "#/$defs/count");
      property["anyOf"].push_back({{"type", "string"}, {"pattern", kCountInText}});
      return;
    case ValueKind::time:
      property["anyOf"] = one_of_words_or(facts, "#/$defs/time");
      return;
    case ValueKind::path:
      property["anyOf"] = one_of_words_or(facts, "#/$defs/path");
      return;
    case ValueKind::word:
      property["enum"] = facts.words;
  }
}

Json property_of(const KeyFacts& facts) {
  Json property{{"description", without_backquotes(facts.meaning)}};
  add_values(property, facts);
  if (facts.kind == ValueKind::flag)
    property["default"] = facts.built_in == "true";
  else
    property["default"] = facts.built_in;
  return property;
}

// For editors; it is no setting.
constexpr const char* kOfEditors = "$schema";

Json properties(const Json& before) {
  Json all = Json::object();
  if (before.contains(kOfEditors)) all[kOfEditors] = before[kOfEditors];
  for (const auto& facts : config::key_facts()) all[std::string(facts.key)] = property_of(facts);
  for (const auto key : other_keys()) {
    if (before.contains(key)) all[std::string(key)] = before[std::string(key)];
  }
  return all;
}

}  // namespace

Result<std::string> with_settings_table(std::string_view page) {
  const auto heading = page.find(kHeading);
  if (heading == std::string_view::npos) return fail("the page has no table of keys");
  const auto begin = heading + kHeading.size();
  std::string rows;
  for (const auto& facts : config::key_facts()) rows += row(facts);
  return with_classes_table(std::string(page.substr(0, begin)) + rows +
                            std::string(page.substr(rows_end(page, begin))));
}

Result<std::string> with_settings_properties(std::string_view schema) {
  Json all = Json::parse(schema, nullptr, false);
  if (!all.is_object() || !all.contains("properties") || !all["properties"].is_object())
    return fail("the schema is no JSON with properties");
  all["properties"] = properties(all["properties"]);
  return all.dump(2) + "\n";
}

}  // namespace memguard::manual
