#include "base/printable.h"

#include <cstdint>

#include <fmt/format.h>

namespace memguard {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

// The bytes of the UTF-8 character at the front of `text` (RFC 3629, section 4, without the checks for overlong forms
// and surrogates that no terminal minds); 0 when there is none. C1 controls (U+0080 to U+009F) drive terminals too.
std::size_t character_length(std::string_view text) {
  const std::uint8_t first = byte_at(text, 0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xc0U) != 0x80) return 0;
  return first == 0xc2 && byte_at(text, 1) < 0xa0 ? 0 : length;
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
