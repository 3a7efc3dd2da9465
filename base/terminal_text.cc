#include "base/terminal_text.h"

#include <algorithm>

namespace memguard {

TerminalText TerminalText::own_lines(std::string_view lines) {
  TerminalText made;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    made.text_ += printable(lines.substr(0, end), kLongest);
    if (end < lines.size()) made.text_ += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return made;
}

}  // namespace memguard
