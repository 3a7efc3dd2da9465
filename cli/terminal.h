// The terminal that stdout is, and text that fits it.
#pragma once

#include <optional>

#include "base/terminal_text.h"

namespace memguard::cli {

struct TerminalSize {
  int columns = 0;
  int rows = 0;
};

/// The size of the terminal that stdout is (TIOCGWINSZ, ioctl_tty(2)); nothing when it is none, or does not know.
[[nodiscard]] std::optional<TerminalSize> terminal_size();

/// Lines of more than so many columns go on in the next one, at a blank. A line goes on below its own text: behind its
/// blanks and a number ("  1. "), or `hang` columns in. Rows of a table, which have two blanks between their cells, and
/// words that are longer than a line stay as they are.
[[nodiscard]] TerminalText folded(const TerminalText& text, int columns, int hang = 0);

/// Folded for the terminal that stdout is; elsewhere as it is, for programs that read lines.
[[nodiscard]] TerminalText fit_to_terminal(const TerminalText& text, int hang = 0);

}  // namespace memguard::cli
