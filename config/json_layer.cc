// From JSON with comments to settings as text.
#include <fmt/format.h>

#include "config/layer.h"
#include "config/nearest.h"
#include "json/value.h"

namespace memguard::config {
namespace {

void refuse_key(const json::Value& value, const std::string& key) {
  const auto known = keys();
  const auto near = nearest(key, known);
  value.wrong("unknown key",
              near ? fmt::format("Did you mean '{}'?", *near) : fmt::format("Known are {}.", fmt::join(known, ", ")));
}

// A number would be a count of bytes that nobody meant: 8 for 8GiB.
std::string text_of(Form form, const json::Value& value) {
  if (form == Form::text) return value.text();
  return value.boolean() ? "true" : "false";
}

ClassRule class_rule(const std::string& name, const json::Value& programs) {
  ClassRule rule{name, {}};
  for (std::size_t i = 0; i < programs.size(); ++i) rule.programs.push_back(programs.at(i).text());
  return rule;
}

void add_classes(FileLayer& layer, const json::Value& classes) {
  for (const auto& name : classes.keys()) layer.classes.push_back(class_rule(name, classes.find(name)));
}

void add(FileLayer& layer, const std::string& key, const json::Value& value, const std::string& origin) {
  if (key == "classes") return add_classes(layer, value);
  if (key == "$schema") return static_cast<void>(value.text());  // for editors; it says nothing to us
  const auto form = form_of(key);
  if (!form) return refuse_key(value, key);
  layer.settings.push_back({key, text_of(*form, value), origin});
}

}  // namespace

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
