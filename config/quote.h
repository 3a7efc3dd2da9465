// Text from outside, made fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace memguard::config {

/// `text` with control characters and invalid UTF-8 written as \xNN and cut after 80 bytes: a file that came with a
/// project must not be able to drive the terminal that shows our error.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace memguard::config
