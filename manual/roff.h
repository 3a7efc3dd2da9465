// The language of manual pages: mdoc(7).
#pragma once

#include <string>
#include <string_view>

namespace memguard::manual {

/// A word as it is to be read: no escape, no macro, and a hyphen stays the one that is typed.
[[nodiscard]] std::string roff_word(std::string_view word);

/// Text as lines of mdoc: each sentence begins one, none is longer than 78 columns, and none begins a request.
[[nodiscard]] std::string roff_text(std::string_view text);

}  // namespace memguard::manual
