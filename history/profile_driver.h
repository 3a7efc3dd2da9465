// Which setting of the profile drives the need: units that differ in one word. Internal to history/.
#pragma once

#include <vector>

#include "history/advice.h"

namespace memguard::history {

/// Of each of lto, debuginfo, codegen-units and opt-level at most one; see Advice::drivers.
[[nodiscard]] std::vector<Driver> profile_drivers(const std::vector<UnitRuns>& units);

}  // namespace memguard::history
