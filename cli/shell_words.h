// A command as one would type it.
#pragma once

#include <string>
#include <vector>

namespace memguard::cli {

/// The words with blanks between them; those that are empty or have blanks of their own in quotes. For people to read:
/// what else a shell would take for its own stays as it is.
[[nodiscard]] std::string shell_words(const std::vector<std::string>& words);

}  // namespace memguard::cli
