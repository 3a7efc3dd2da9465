#include "json/value.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace memguard::json {
namespace {

// Control characters of a hostile file drive no terminal.
std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string shown(text.substr(0, kMost));
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text.size() > kMost ? shown + "..." : shown;
}

std::string pointer(std::string_view key) {
  std::string escaped = "/";
  for (const char c : printable(key)) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return escaped;
}

// `byte` counts from 1 and names the last byte that was read, as nlohmann::json::parse_error does.
std::string position_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", std::count(before.begin(), before.end(), '\n') + 1,
                     before.size() - line_start + 1);
}

// What follows "[json.exception.parse_error.101] parse error at line 3, column 5: ".
std::string problem_of(std::string_view what) {
  for (const std::string_view end : {"] ", ": "}) {
    const auto prefix = what.find(end);
    if (prefix == std::string_view::npos || (end == ": " && !what.starts_with("parse error at"))) continue;
    what.remove_prefix(prefix + end.size());
  }
  return printable(what);
}

}  // namespace

bool Value::is_null() const { return value_ != nullptr && value_->is_null(); }
bool Value::is_object() const { return value_ != nullptr && value_->is_object(); }
bool Value::is_array() const { return value_ != nullptr && value_->is_array(); }
bool Value::is_string() const { return value_ != nullptr && value_->is_string(); }

std::string Value::place() const { return parent_ == nullptr ? std::string() : parent_->place() + pointer(key_); }

void Value::wrong(std::string_view problem, std::string_view hint) const {
  if (*problem_) return;
  const std::string where = place();
  *problem_ = fail(where.empty() ? std::string(problem) : fmt::format("{}: {}", where, problem), 0, hint).value();
}

void Value::wrong_type(std::string_view expected) const {
  // A missing one has been noted by whoever needed it.
  if (missing()) return;
  wrong(fmt::format("{} {} where {} is expected", value_->is_object() || value_->is_array() ? "an" : "a",
                    value_->type_name(), expected));
}

void Value::expect_keys(const std::vector<std::string_view>& known) const {
  if (!is_object()) return wrong_type("an object");
  for (const auto& [key, value] : value_->items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    Value(&value, this, key, problem_).wrong("unknown key", fmt::format("Known are {}.", fmt::join(known, ", ")));
  }
}

Value Value::find(std::string_view key) const {
  const nlohmann::json* found = nullptr;
  if (is_object()) {
    const auto member = value_->find(std::string(key));
    if (member != value_->end()) found = &*member;
  } else {
    wrong_type("an object");
  }
  return {found, this, key, problem_};
}

Value Value::need(std::string_view key) const {
  Value found = find(key);
  if (found.missing()) found.wrong("missing");
  return found;
}

std::vector<std::string> Value::keys() const {
  std::vector<std::string> keys;
  if (!is_object()) {
    wrong_type("an object");
    return keys;
  }
  for (const auto& [key, value] : value_->items()) keys.push_back(key);
  return keys;
}

std::size_t Value::size() const {
  if (is_array()) return value_->size();
  wrong_type("a list");
  return 0;
}

Value Value::at(std::size_t index) const {
  const bool there = is_array() && index < value_->size();
  Value item(there ? &(*value_)[index] : nullptr, this, std::to_string(index), problem_);
  if (!there) item.wrong("missing");
  return item;
}

std::int64_t Value::integer(std::int64_t least, std::int64_t most) const {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  const bool whole = !missing() && value_->is_number_integer() &&
                     !(value_->is_number_unsigned() && value_->get<std::uint64_t>() > kMost);
  if (!whole) {
    wrong_type("a whole number");
    return 0;
  }
  const auto value = value_->get<std::int64_t>();
  if (value < least) wrong(fmt::format("{} is less than {}", value, least));
  if (value > most) wrong(fmt::format("{} is more than {}", value, most));
  return value;
}

std::uint64_t Value::unsigned_integer() const {
  if (!missing() && value_->is_number_unsigned()) return value_->get<std::uint64_t>();
  wrong_type("a whole number that is not negative");
  return 0;
}

double Value::number(double least, double most) const {
  if (missing() || !value_->is_number()) {
    wrong_type("a number");
    return 0;
  }
  const auto value = value_->get<double>();
  if (value < least) wrong(fmt::format("{} is less than {}", value, least));
  if (value > most) wrong(fmt::format("{} is more than {}", value, most));
  return value;
}

bool Value::boolean() const {
  if (!missing() && value_->is_boolean()) return value_->get<bool>();
  wrong_type("true or false");
  return false;
}

std::string Value::text() const {
  if (is_string()) return value_->get<std::string>();
  wrong_type("a string");
  return {};
}

struct Document::Parts {
  explicit Parts(nlohmann::json parsed) : json(std::move(parsed)) {}
  nlohmann::json json;
  std::optional<Error> problem;
  std::optional<Value> root;
};

Document::Document(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  parts_->root = Value(&parts_->json, nullptr, "", &parts_->problem);
}
Document::Document(Document&& other) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
  try {
    return Document(std::make_unique<Parts>(nlohmann::json::parse(text.begin(), text.end())));
  } catch (const nlohmann::json::parse_error& error) {
    return fail(fmt::format("{}: {}", position_of(text, error.byte), problem_of(error.what())));
  } catch (const nlohmann::json::exception& error) {
    return fail(problem_of(error.what()));  // a number out of range, which JSON allows
  }
}

const Value& Document::root() const { return *parts_->root; }

Status Document::status() const {
  if (!parts_->problem) return {};
  return tl::unexpected<Error>(*parts_->problem);
}

}  // namespace memguard::json
