// From JSON with comments to settings as text.
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/layer.h"
#include "config/nearest.h"
#include "json/value.h"

namespace memguard::config {
namespace {

ClassRule class_rule(const std::string& name, const json::Value& programs) {
  ClassRule rule{name, {}};
  for (std::size_t i = 0; i < programs.size(); ++i) rule.programs.push_back(programs.at(i).text());
  return rule;
}

void add_classes(FileLayer& layer, const json::Value& classes) {
  for (const auto& name : classes.keys()) layer.classes.push_back(class_rule(name, classes.find(name)));
}

void add_rules(FileLayer& layer, const json::Value& rules, const std::string& origin) {
  for (std::size_t i = 0; i < rules.size(); ++i)
    layer.rules.push_back(read_rule(rules.at(i), fmt::format("{}: /rules/{}", origin, i)));
}

void add(FileLayer& layer, const std::string& key, const json::Value& value, const std::string& origin) {
  if (key == "classes") return add_classes(layer, value);
  if (key == "$schema") return static_cast<void>(value.text());  // for editors; it says nothing to us
  if (key == "rules") return add_rules(layer, value, origin);
  const auto form = form_of(key);
  if (!form) return refuse_key(value, key, keys());
  layer.settings.push_back({key, text_of(*form, value), origin});
}

}  // namespace

void refuse_key(const json::Value& value, std::string_view key, std::span<const std::string_view> known) {
  const auto near = nearest(key, known);
  value.wrong("unknown key",
              near ? fmt::format("Did you mean '{}'?", *near) : fmt::format("Known are {}.", fmt::join(known, ", ")));
}

std::string text_of(Form form, const json::Value& value) {
  if (form == Form::flag) return value.boolean() ? "true" : "false";
  // For a size a number would be a count of bytes that nobody meant: 8 for 8GiB.
  if (form == Form::text || value.is_string()) return value.text();
  return std::to_string(value.integer(1, std::numeric_limits<int>::max()));
}

Result<FileLayer> parse_json_layer(std::string_view text, const std::string& name) {
  const auto document = json::Document::parse(text, json::Dialect::by_hand);
  if (!document) return pass(Error(document.error()), name);
  const json::Value& root = document->root();
  FileLayer layer;
  for (const auto& key : root.keys()) add(layer, key, root.find(key), name);
  if (auto status = document->status(); !status) return pass(std::move(status.error()), name);
  return layer;
}

}  // namespace memguard::config
