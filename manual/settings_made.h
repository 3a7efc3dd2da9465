// The plain settings in files of the repository: their table in docs/CONFIG.md and their part of the JSON schema.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace memguard::manual {

/// docs/CONFIG.md with a row for each plain setting, as config/settings.cc tells of it, in place of those it has; other
/// rows of that table stay where they are, behind them. And with a row for each built-in class. Refused: a page without
/// one of these tables.
[[nodiscard]] Result<std::string> with_settings_table(std::string_view page);

/// The schema with a property for each plain setting in place of those it has. `$schema`, `classes` and `rules` stay,
/// and what is no property. Refused: what is no JSON, and no schema of an object.
[[nodiscard]] Result<std::string> with_settings_properties(std::string_view schema);

}  // namespace memguard::manual
