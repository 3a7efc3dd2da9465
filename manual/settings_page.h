// The parts of memguard.json(5) that follow from the schema of the configuration and from the settings themselves.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace memguard::manual {

/// Each key of a configuration file with its values, its default, its variable and who may set it. Refused: a key of
/// the program that the schema has no text for.
[[nodiscard]] Result<std::string> keys_of_settings(std::string_view schema);

/// The keys of one rule of "rules".
[[nodiscard]] Result<std::string> keys_of_rules(std::string_view schema);

/// How a size is written.
[[nodiscard]] Result<std::string> sizes(std::string_view schema);

}  // namespace memguard::manual
