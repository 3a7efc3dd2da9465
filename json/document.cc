// From text to a tree of values, and what is wrong with a text that is none.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "json/pointer.h"
#include "json/value.h"

namespace memguard::json {
namespace {

// nlohmann_json keeps the last of two equal keys without a word; somebody who edits the first would wonder.
class DoubledKeys {
 public:
  bool operator()(nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    if (event == nlohmann::json::parse_event_t::object_start) open_.emplace_back();
    if (event == nlohmann::json::parse_event_t::object_end && !open_.empty()) open_.pop_back();
    if (event == nlohmann::json::parse_event_t::key && !open_.empty()) note(parsed.get_ref<const std::string&>());
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

// `byte` counts from 1 and names the last byte that was read, as nlohmann::json::parse_error does.
std::string position_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", std::count(before.begin(), before.end(), '\n') + 1,
                     before.size() - line_start + 1);
}

// The library quotes what it read last, which is the rest of the file in an unclosed comment.
constexpr std::size_t kLongestProblem = 240;

// What follows "[json.exception.parse_error.101] parse error at line 3, column 5: ".
std::string problem_of(std::string_view what) {
  for (const std::string_view end : {"] ", ": "}) {
    const auto prefix = what.find(end);
    if (prefix == std::string_view::npos || (end == ": " && !what.starts_with("parse error at"))) continue;
    what.remove_prefix(prefix + end.size());
  }
  return printable(what, kLongestProblem);
}

// Throws as nlohmann::json::parse does.
Result<nlohmann::json> parse_by_hand(std::string_view text) {
  DoubledKeys keys;
  auto parsed = nlohmann::json::parse(
      text.begin(), text.end(),
      [&](int, nlohmann::json::parse_event_t event, nlohmann::json& part) { return keys(event, part); },
      /*allow_exceptions=*/true, /*ignore_comments=*/true);
  if (keys.first())
    return fail(fmt::format("{}: the key is there twice", pointer(*keys.first())), 0, "Keep one of them.");
  return parsed;
}

}  // namespace

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

Result<Document> Document::parse(std::string_view text, Dialect dialect) {
  try {
    auto parsed = dialect == Dialect::by_hand ? parse_by_hand(text)
                                              : Result<nlohmann::json>(nlohmann::json::parse(text.begin(), text.end()));
    if (!parsed) return pass(std::move(parsed.error()));
    return Document(std::make_unique<Parts>(std::move(*parsed)));
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

std::optional<Error> Document::take_problem() { return std::exchange(parts_->problem, std::nullopt); }

}  // namespace memguard::json
