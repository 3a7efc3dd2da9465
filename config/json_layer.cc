// The only file of config/ that knows nlohmann_json: from JSON with comments to settings as text.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/layer.h"
#include "config/nearest.h"
#include "config/quote.h"

namespace memguard::config {
namespace {

using nlohmann::json;

// A key as part of a JSON pointer (RFC 6901: '~' is ~0 and '/' is ~1).
std::string pointer(std::string_view key) {
  std::string escaped;
  for (const char c : printable(key)) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return "/" + escaped;
}

// nlohmann_json keeps the last of two equal keys without a word; a user who edits the first would wonder.
class DoubledKeys {
 public:
  bool operator()(json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end && !open_.empty()) open_.pop_back();
    if (event == json::parse_event_t::key && !open_.empty()) note(parsed.get_ref<const std::string&>());
    return true;
  }
  [[nodiscard]] const std::optional<std::string>& first() const { return first_; }

 private:
  void note(const std::string& key) {
    if (!open_.back().insert(key).second && !first_) first_ = key;
  }
  std::vector<std::set<std::string>> open_;
  std::optional<std::string> first_;
};

struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

// `byte` counts from 1 and names the last byte that was read, as json::parse_error does.
Position position_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  return {lines + 1, before.size() - line_start + 1};
}

// What follows "[json.exception.parse_error.101] parse error at line 3, column 5: ".
std::string problem_of(std::string_view what) {
  const auto prefix = what.find(": ");
  if (prefix != std::string_view::npos) what.remove_prefix(prefix + 2);
  std::string problem;
  // Cut by printable(): the library quotes what it read last, which is the rest of the file in an unclosed comment.
  for (std::size_t at = 0; at < std::min<std::size_t>(what.size(), 240); at += 80)
    problem += printable(what.substr(at, 80));
  return problem;
}

Result<json> parse(std::string_view text) {
  DoubledKeys keys;
  try {
    auto document = json::parse(
        text.begin(), text.end(), [&](int, json::parse_event_t event, json& parsed) { return keys(event, parsed); },
        /*allow_exceptions=*/true, /*ignore_comments=*/true);
    if (keys.first())
      return fail(fmt::format("{}: the key is there twice", pointer(*keys.first())), 0, "Keep one of them.");
    return document;
  } catch (const json::parse_error& error) {
    const auto at = position_of(text, error.byte);
    return fail(fmt::format("line {}, column {}: {}", at.line, at.column, problem_of(error.what())));
  } catch (const json::exception& error) {
    return fail(problem_of(error.what()));  // a number out of range, which JSON allows
  }
}

tl::unexpected<Error> wrong_type(const std::string& place, std::string_view expected, const json& value) {
  return fail(fmt::format("{}: {} where {} is expected", place, value.type_name(), expected));
}

tl::unexpected<Error> unknown_key(const std::string& key) {
  const auto known = keys();
  const auto near = nearest(key, known);
  return fail(fmt::format("{}: unknown key", pointer(key)), 0,
              near ? fmt::format("Did you mean '{}'?", *near) : fmt::format("Known are {}.", fmt::join(known, ", ")));
}

Result<std::string> text_of(Form form, const std::string& place, const json& value) {
  if (form == Form::flag) {
    if (!value.is_boolean()) return wrong_type(place, "true or false", value);
    return std::string(value.get<bool>() ? "true" : "false");
  }
  // A number would be a count of bytes that nobody meant: 8 for 8GiB.
  if (!value.is_string()) return wrong_type(place, "a string", value);
  return value.get<std::string>();
}

Result<ClassRule> class_rule(const std::string& name, const json& programs) {
  const auto place = "/classes" + pointer(name);
  if (!programs.is_array()) return wrong_type(place, "a list of programs", programs);
  ClassRule rule{name, {}};
  for (const auto& program : programs) {
    if (!program.is_string()) return wrong_type(fmt::format("{}/{}", place, rule.programs.size()), "a string", program);
    rule.programs.push_back(program.get<std::string>());
  }
  return rule;
}

Status add_classes(FileLayer& layer, const json& classes) {
  if (!classes.is_object()) return wrong_type("/classes", "an object", classes);
  for (const auto& [name, programs] : classes.items()) {
    auto rule = class_rule(name, programs);
    if (!rule) return pass(std::move(rule.error()));
    layer.classes.push_back(std::move(*rule));
  }
  return {};
}

Status add(FileLayer& layer, const std::string& key, const json& value, const std::string& name) {
  if (key == "classes") return add_classes(layer, value);
  // For editors; it says nothing to us.
  if (key == "$schema") return value.is_string() ? Status{} : Status(wrong_type("/$schema", "a string", value));
  const auto form = form_of(key);
  if (!form) return unknown_key(key);
  auto text = text_of(*form, pointer(key), value);
  if (!text) return pass(std::move(text.error()));
  layer.settings.push_back({key, std::move(*text), name});
  return {};
}

Result<FileLayer> layer_of(const json& document, const std::string& name) {
  if (!document.is_object()) return fail(fmt::format("{} where an object is expected", document.type_name()));
  FileLayer layer;
  for (const auto& [key, value] : document.items())
    if (auto added = add(layer, key, value, name); !added) return pass(std::move(added.error()));
  return layer;
}

}  // namespace

Result<FileLayer> parse_json_layer(std::string_view text, const std::string& name) {
  auto document = parse(text);
  if (!document) return pass(std::move(document.error()), name);
  auto layer = layer_of(*document, name);
  if (!layer) return pass(std::move(layer.error()), name);
  return layer;
}

}  // namespace memguard::config
