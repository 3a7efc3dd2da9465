// What the fuzz targets have in common: an input as text, and promises that hold for every input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace memguard::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The lines of an input, empty ones too, without what follows a NUL: no argument of a process has one.
inline std::vector<std::string> arguments_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    lines.emplace_back(line.substr(0, line.find('\0')));
    at = end + 1;
  }
  return lines;
}

/// Ends the fuzzer, which then keeps the input, when a promise does not hold.
inline void require(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

}  // namespace memguard::fuzz
