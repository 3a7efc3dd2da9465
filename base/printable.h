// Text from outside, made fit for a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memguard {

/// `text` with control characters, invalid UTF-8 and what changes the direction of a line written as \xNN, and cut
/// after `longest` bytes: a file that came with a project must not be able to drive the terminal that shows our error,
/// nor to fill it.
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest = 80);

}  // namespace memguard
