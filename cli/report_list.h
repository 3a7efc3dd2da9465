// The runs that are kept.
#pragma once

#include <string>
#include <vector>

#include "base/terminal_text.h"

namespace memguard::cli {

/// A line each, with its number: when it ended, how long it took, its peak and what waited. A file that cannot be read
/// has a line that says so.
[[nodiscard]] TerminalText list_text(const std::vector<std::string>& files);

}  // namespace memguard::cli
