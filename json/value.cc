#include "json/value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "json/pointer.h"

namespace memguard::json {

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
  const char* article = is_null() ? "" : is_object() || is_array() ? "an " : "a ";
  wrong(fmt::format("{}{} where {} is expected", article, value_->type_name(), expected));
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
  return std::clamp(value, least, most);
}

Bytes Value::bytes(Bytes least) const { return {integer(least.count, kMostBytes.count)}; }

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
  return std::clamp(value, least, most);
}

Duration Value::time(Duration most) const { return Duration(std::llround(number(0, seconds(most)) * 1e9)); }

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

}  // namespace memguard::json
