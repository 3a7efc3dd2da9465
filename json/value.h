// Reading JSON whose shape is known: values that remember where they stand, and the first thing that is wrong.
//
// A reader asks for what it expects and goes on with zeros when it is not there; when all is read it asks once whether
// something was wrong. Errors say where: "/tasks/3/peak: a string where a number is expected".
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "base/units.h"

namespace memguard::json {

class Document;

/// A value of a document, or nothing where an optional one is missing. Lives no longer than the value it came from.
class Value {
 public:
  /// Nothing is there: an optional member that was not found.
  [[nodiscard]] bool missing() const { return value_ == nullptr; }
  /// It is `null`.
  [[nodiscard]] bool is_null() const;
  /// It is an object.
  [[nodiscard]] bool is_object() const;
  /// It is an array.
  [[nodiscard]] bool is_array() const;
  /// It is a string.
  [[nodiscard]] bool is_string() const;

  /// Notes a problem unless this is an object all of whose keys are among these.
  void expect_keys(const std::vector<std::string_view>& known) const;
  /// The member of that name, of an object. `need` notes a problem when it is missing.
  [[nodiscard]] Value find(std::string_view key) const;
  /// As `find`, and a missing one is a problem.
  [[nodiscard]] Value need(std::string_view key) const;
  /// The names of its members, in order.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// The length of an array; anything else is a problem and 0.
  [[nodiscard]] std::size_t size() const;
  /// An element of an array. One that is not there is a problem.
  [[nodiscard]] Value at(std::size_t index) const;

  /// A whole number from least to most. What lies outside is a problem, and the nearer of the two: whoever goes on
  /// computes with nothing else.
  [[nodiscard]] std::int64_t integer(std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                                     std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  /// So many bytes, at most kMostBytes; anything else is a problem, as above.
  [[nodiscard]] Bytes bytes(Bytes least = {}) const;
  /// A whole number from 0; anything else is a problem and 0.
  [[nodiscard]] std::uint64_t unsigned_integer() const;
  /// Likewise with any number; NaN is none in JSON.
  [[nodiscard]] double number(double least = std::numeric_limits<double>::lowest(),
                              double most = std::numeric_limits<double>::max()) const;
  /// Seconds from 0 to `most`, rounded to a nanosecond. Above 2^23 s real numbers lie further apart than that.
  [[nodiscard]] Duration time(Duration most = std::chrono::seconds(10'000'000)) const;
  /// True or false; anything else is a problem and false.
  [[nodiscard]] bool boolean() const;
  /// A string; anything else is a problem and empty.
  [[nodiscard]] std::string text() const;

  /// Notes that something is wrong with this value.
  void wrong(std::string_view problem, std::string_view hint = {}) const;
  /// Its JSON pointer (RFC 6901).
  [[nodiscard]] std::string place() const;

 private:
  friend class Document;
  Value(const nlohmann::json* value, const Value* parent, std::string_view key, std::optional<Error>* problem)
      : value_(value), parent_(parent), key_(key), problem_(problem) {}
  void wrong_type(std::string_view expected) const;

  const nlohmann::json* value_ = nullptr;
  const Value* parent_ = nullptr;
  std::string key_;
  std::optional<Error>* problem_ = nullptr;
};

enum class Dialect : std::uint8_t {
  /// RFC 8259. Of two equal keys the last one counts.
  standard,
  /// As people write settings: with comments (// and /* */), and a key that is there twice is an error.
  by_hand,
};

/// A whole text.
class Document {
 public:
  /// Refuses what is no JSON: "line 3, column 5: syntax error ...". A refused key is named: "/a: the key is there
  /// twice".
  [[nodiscard]] static Result<Document> parse(std::string_view text, Dialect dialect = Dialect::standard);
  /// The other is only to be destroyed then.
  Document(Document&& other) noexcept;
  /// Its values are gone then.
  ~Document();

  /// The outermost value. Good as long as the document is.
  [[nodiscard]] const Value& root() const;
  /// The first problem that was noted, if any.
  [[nodiscard]] Status status() const;
  /// The same, and forgets it: for a reader that leaves out what is wrong and goes on.
  [[nodiscard]] std::optional<Error> take_problem();

 private:
  struct Parts;
  explicit Document(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace memguard::json
