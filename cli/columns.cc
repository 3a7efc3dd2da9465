#include "cli/columns.h"

#include <cwchar>

#include <algorithm>
#include <cstdint>

namespace memguard::cli {
namespace {

constexpr std::string_view kCut = "..";

struct Character {
  std::size_t bytes = 1;
  int columns = 1;
};

// The character at the front of printable text (base/printable.h), which is valid UTF-8 (RFC 3629).
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {};
  const std::size_t bytes = std::min<std::size_t>(first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, text.size());
  std::uint32_t character = first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) character = character << 6U | (byte(i) & 0x3fU);
  const int columns = ::wcwidth(static_cast<wchar_t>(character));
  return {bytes, columns >= 0 ? columns : 1};
}

std::string_view fitting(std::string_view text, int columns) {
  std::size_t end = 0;
  for (int used = 0; end < text.size();) {
    const Character one = first_of(text.substr(end));
    if (used + one.columns > columns) break;
    used += one.columns;
    end += one.bytes;
  }
  return text.substr(0, end);
}

std::string blanks(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

}  // namespace

int columns_of(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Character one = first_of(text);
    columns += one.columns;
    text.remove_prefix(one.bytes);
  }
  return columns;
}

std::string cut(std::string_view text, int columns) {
  if (columns <= 0) return {};
  if (columns_of(text) <= columns) return std::string(text);
  const int dots = std::min(columns, static_cast<int>(kCut.size()));
  return std::string(fitting(text, columns - dots)) + std::string(kCut.substr(0, static_cast<std::size_t>(dots)));
}

std::string cut_front(std::string_view text, int columns) {
  int left_over = columns_of(text);
  if (left_over <= columns) return std::string(text);
  if (columns <= static_cast<int>(kCut.size())) return cut(text, columns);
  while (left_over > columns - static_cast<int>(kCut.size())) {
    const Character one = first_of(text);
    left_over -= one.columns;
    text.remove_prefix(one.bytes);
  }
  return std::string(kCut) + std::string(text);
}

std::string left(std::string_view text, int columns) {
  std::string fit = cut(text, columns);
  return fit + blanks(columns - columns_of(fit));
}

std::string right(std::string_view text, int columns) {
  std::string fit = cut(text, columns);
  return blanks(columns - columns_of(fit)) + fit;
}

std::string ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character one = first_of(text);
    out += one.bytes == 1 ? text.front() : '?';
    text.remove_prefix(one.bytes);
  }
  return out;
}

}  // namespace memguard::cli
