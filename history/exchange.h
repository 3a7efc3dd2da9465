// History as text, for CI to cache and teams to share: docs/HISTORY.md describes the JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "history/database.h"

namespace memguard::history {

/// Text that is not UTF-8 has U+FFFD in place of what cannot be read.
[[nodiscard]] std::string to_json(const std::vector<UnitRuns>& units);

/// The runs of what `to_json` made. Unknown keys are passed over. Refused, with the place: what is no JSON, another
/// version, a missing key, a wrong type, a size, time or shape that no job has, a text longer than a path can be.
[[nodiscard]] Result<std::vector<UnitMeasurement>> from_json(std::string_view text);

}  // namespace memguard::history
