// JSON that is written as text. Internal to report/.
#pragma once

#include <string>
#include <string_view>

namespace memguard::report {

/// In quotes, with all but ASCII escaped; U+FFFD for what is no UTF-8.
[[nodiscard]] std::string json_text(std::string_view text);

/// A list of what `text` makes of each item, which is JSON already.
template <class List, class Text>
[[nodiscard]] std::string json_list(const List& items, Text text) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += text(item);
  }
  return out + ']';
}

}  // namespace memguard::report
