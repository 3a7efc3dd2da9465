// Manual pages: texts with places in them that the program's own tables fill.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace memguard::manual {

struct Page {
  /// mdoc(7). A line "@COMMANDS@", "@OPTIONS_OF_CARGO@", "@VARIABLES@", "@KEYS@", "@RULE_KEYS@" or "@SIZES@" is
  /// replaced by what it names, "@DATE@" anywhere by the date.
  std::string_view source;
  /// "November 29, 2026".
  std::string_view date;
  /// The JSON schema of the configuration.
  std::string_view schema;
};

/// The page. Refused: a line that names something else, a schema that cannot be read, a key without a text in it.
[[nodiscard]] Result<std::string> fill(const Page& page);

/// "@COMMANDS@": a section for each command with its options.
[[nodiscard]] std::string commands_of_memguard();

}  // namespace memguard::manual
