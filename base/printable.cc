#include "base/printable.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace memguard {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

// What moves text about that stands elsewhere in the line: marks and overrides of direction (Unicode Standard Annex 9),
// and separators of lines and paragraphs.
bool moves_text(std::uint32_t character) {
  return character == 0x061c || (character >= 0x200e && character <= 0x200f) ||
         (character >= 0x2028 && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

// C1 controls (U+0080 to U+009F) drive terminals too.
bool is_shown(std::uint32_t character, std::size_t length) {
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0x20, 0xa0, 0x800, 0x10000};
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  return character >= kLeast.at(length) && character != 0x7f && character <= 0x10ffff && !surrogate &&
         !moves_text(character);
}

// The bytes of the UTF-8 character at the front of `text` (RFC 3629), if it is to be shown; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const std::uint8_t first = byte_at(text, 0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || text.size() < length) return 0;
  std::uint32_t character = length == 1 ? first : first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xc0U) != 0x80) return 0;
    character = character << 6U | (byte_at(text, i) & 0x3fU);
  }
  return is_shown(character, length) ? length : 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  std::string out;
  while (!text.empty() && out.size() < longest) {
    const std::size_t length = character_length(text);
    if (length == 0)
      out += fmt::format("\\x{:02x}", byte_at(text, 0));
    else
      out.append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return text.empty() ? out : out + "...";
}

}  // namespace memguard
