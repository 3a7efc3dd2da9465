// Text in the columns of a terminal: wide characters take two, marks above others none.
#pragma once

#include <string>
#include <string_view>

namespace memguard::cli {

/// How many columns `text` takes, which must be printable. Needs a locale in which wcwidth(3) knows its characters.
[[nodiscard]] int columns_of(std::string_view text);

/// `text` in at most so many columns: what does not fit is cut off, and two dots say so.
[[nodiscard]] std::string cut(std::string_view text, int columns);
/// The same of a path, whose end is what tells it from others: its beginning is cut off.
[[nodiscard]] std::string cut_front(std::string_view text, int columns);
/// Cut, or filled with blanks, to exactly so many columns.
[[nodiscard]] std::string left(std::string_view text, int columns);
/// Cut, or with blanks before it, to exactly so many columns.
[[nodiscard]] std::string right(std::string_view text, int columns);

/// With every character that is not ASCII as '?': for a terminal that shows no UTF-8.
[[nodiscard]] std::string ascii(std::string_view text);

}  // namespace memguard::cli
