// Text that may be shown on a terminal: the one type that memguard prints.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "base/printable.h"

namespace memguard {

class TerminalText;

/// As fmt::format; see below.
template <class... Arguments>
[[nodiscard]] TerminalText terminal_text(fmt::format_string<Arguments...> format, const Arguments&... arguments);

/// Made of format strings in our source, of numbers, and of other text after `printable`: names of crates, paths, lines
/// of files. So no text from outside drives the terminal, and none begins a line of its own. Nothing else makes one.
class TerminalText {
 public:
  /// Nothing to show.
  TerminalText() = default;
  /// All of it, printable but for the ends of lines that are ours.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// There is nothing to show.
  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// Puts `more` behind it.
  TerminalText& operator+=(const TerminalText& more) {
    text_ += more.text_;
    return *this;
  }
  /// One behind the other.
  friend TerminalText operator+(TerminalText a, const TerminalText& b) { return a += b; }
  /// All their fields are equal.
  friend bool operator==(const TerminalText& a, const TerminalText& b) = default;

  /// Lines of our own that were not made here: what the option parser says of itself. All but the ends of lines is made
  /// printable.
  [[nodiscard]] static TerminalText own_lines(std::string_view lines);

 private:
  template <class... Arguments>
  friend TerminalText terminal_text(fmt::format_string<Arguments...> format, const Arguments&... arguments);

  // Longer than any command line that somebody wants to see.
  static constexpr std::size_t kLongest = 4096;

  template <class T>
  static auto fit(const T& value) {
    if constexpr (std::is_same_v<T, TerminalText>) {
      return std::string_view(value.text_);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      return printable(std::string_view(value), kLongest);
    } else {
      static_assert(std::is_arithmetic_v<T>, "make it a number or a string first");
      return value;
    }
  }
  template <class... Fit>
  static TerminalText join(std::string_view format, const Fit&... fit) {
    TerminalText made;
    made.text_ = fmt::vformat(format, fmt::make_format_args(fit...));
    return made;
  }

  std::string text_;
};

/// As fmt::format. Arguments are numbers, TerminalText, and strings, which are made printable.
template <class... Arguments>
TerminalText terminal_text(fmt::format_string<Arguments...> format, const Arguments&... arguments) {
  const fmt::string_view words = format;
  return TerminalText::join({words.data(), words.size()}, TerminalText::fit(arguments)...);
}

}  // namespace memguard

/// For the check of format strings at compile time.
template <>
struct fmt::formatter<memguard::TerminalText> : fmt::formatter<std::string_view> {
  /// Never called: terminal_text gives fmt a string.
  template <class Context>
  auto format(const memguard::TerminalText& text, Context& context) const {
    return fmt::formatter<std::string_view>::format(text.text(), context);
  }
};
