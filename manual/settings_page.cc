#include "manual/settings_page.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/config.h"
#include "json/value.h"
#include "manual/roff.h"
#include "manual/settings_made.h"

namespace memguard::manual {
namespace {

// "#/$defs/size" says what it is.
std::string words_of_reference(const std::string& reference) {
  const std::string name = reference.substr(reference.rfind('/') + 1);
  if (name == "size") return "a size";
  if (name == "count") return "a whole number from 1";
  if (name == "time") return "a time as in 10s, 500ms, 2min";
  return "a " + name;
}

// What a value may be: "auto, or a size".
std::vector<std::string> values_of(const json::Value& schema) {
  if (const auto title = schema.find("title"); !title.missing()) return {title.text()};
  if (const auto word = schema.find("const"); !word.missing()) return {word.text()};
  if (const auto reference = schema.find("$ref"); !reference.missing()) return {words_of_reference(reference.text())};
  std::vector<std::string> words;
  const auto all = schema.find("enum");
  for (std::size_t i = 0; !all.missing() && i < all.size(); ++i) words.push_back(all.at(i).text());
  const auto any = schema.find("anyOf");
  // A text that is a number is the number.
  for (std::size_t i = 0; !any.missing() && i < any.size(); ++i) {
    if (any.at(i).find("pattern").missing()) std::ranges::move(values_of(any.at(i)), std::back_inserter(words));
  }
  if (!words.empty()) return words;
  const auto type = schema.find("type");
  const std::string name = type.missing() ? std::string() : type.text();
  if (name == "boolean") return {"true", "false"};
  return {name == "array" ? "a list" : name == "object" ? "an object" : "text"};
}

std::string default_of(const json::Value& schema) {
  const auto value = schema.find("default");
  if (value.missing()) return {};
  return value.is_string() ? value.text() : value.boolean() ? "true" : "false";
}

std::string who_may_set(const config::KeyFacts& facts) {
  if (!facts.of_project) return "Not for a project's files.";
  return facts.users_first ? "A project may set it where the user's own files say nothing of it."
                           : "A project may set it.";
}

Result<std::string> described(const json::Value& schema, std::string_view key) {
  if (schema.missing() || schema.find("description").missing())
    return fail(fmt::format("the schema has no description of the key {}", key));
  return schema.find("description").text();
}

Result<std::string> item(const json::Value& schema, std::string_view key) {
  const auto text = described(schema, key);
  if (!text) return tl::unexpected<Error>(text.error());
  std::string lines = fmt::format(".It Li {}\n{}.br\n", roff_word(key), roff_text(*text));
  std::string values = fmt::format("Values: {}.", fmt::join(values_of(schema), ", "));
  if (const std::string usual = default_of(schema); !usual.empty()) values += fmt::format(" Default: {}.", usual);
  return lines + roff_text(values);
}

std::string place_of(std::string_view key) {
  for (const auto& facts : config::key_facts()) {
    if (facts.key == key) return fmt::format("Variable:\n.Ev {} .\n{}", facts.variable, roff_text(who_may_set(facts)));
  }
  return roff_text("In files only. A project may set it.");
}

Result<std::string> list(const json::Value& properties, const std::vector<std::string>& keys, bool with_place) {
  std::string text = ".Bl -tag -width Ds\n";
  for (const auto& key : keys) {
    auto lines = item(properties.find(key), key);
    if (!lines) return pass(std::move(lines.error()));
    text += *lines + (with_place ? place_of(key) : std::string());
  }
  return text + ".El\n";
}

}  // namespace

Result<std::string> keys_of_settings(std::string_view schema) {
  const auto with_all = with_settings_properties(schema);
  if (!with_all) return tl::unexpected<Error>(with_all.error());
  const auto document = json::Document::parse(*with_all);
  if (!document) return tl::unexpected<Error>(document.error());
  const auto all = config::keys();
  return list(document->root().find("properties"), {all.begin(), all.end()}, true);
}

Result<std::string> keys_of_rules(std::string_view schema) {
  const auto document = json::Document::parse(schema);
  if (!document) return tl::unexpected<Error>(document.error());
  const auto rule = document->root().find("properties").find("rules").find("items").find("properties");
  return list(rule, rule.keys(), false);
}

Result<std::string> sizes(std::string_view schema) {
  const auto document = json::Document::parse(schema);
  if (!document) return tl::unexpected<Error>(document.error());
  const auto text = described(document->root().find("$defs").find("size"), "size");
  if (!text) return tl::unexpected<Error>(text.error());
  return roff_text(*text);
}

}  // namespace memguard::manual
