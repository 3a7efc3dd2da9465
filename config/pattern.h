// Names with '*' in them, as rules match jobs by.
#pragma once

#include <string_view>

namespace memguard::config {

/// Whether the whole of `text` is as `pattern` says: '*' stands for any characters, also none, and all else for itself.
/// An empty pattern asks for nothing and matches everything.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

}  // namespace memguard::config
