// toml++ as all of cargo/ uses it; included by source files only.
#pragma once

#include <optional>
#include <string_view>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// The parser asserts that a header begins with a key and a time with a digit, and then looks, and refuses what does
// not. Strangers write headers and times. With NDEBUG the compiler would be told to count on the assertions instead.
#define TOML_ASSERT(expr) static_cast<void>(0)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "cargo/toml_scan.h"

namespace memguard::cargo {

/// The one way to the parser. Nothing for what is no TOML, and for what it must not be given.
[[nodiscard]] inline std::optional<toml::table> parse_toml(std::string_view text) {
  if (!safe_to_parse(text)) return std::nullopt;
  toml::parse_result parsed = toml::parse(text);
  return parsed ? std::optional(std::move(parsed).table()) : std::nullopt;
}

}  // namespace memguard::cargo
