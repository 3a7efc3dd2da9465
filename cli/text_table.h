// Rows of text in columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/terminal_text.h"

namespace memguard::cli {

using Row = std::vector<std::string>;

/// Two blanks between columns, the first `left` of them flush left, the others right; cells are made fit for a terminal
/// (base/printable.h). All rows are of the first one's length.
[[nodiscard]] TerminalText in_columns(const std::vector<Row>& rows, std::size_t left);

}  // namespace memguard::cli
