// Seconds and mebibytes as doubles, which curves are computed in, as the units of the policy.
#pragma once

#include "base/units.h"

namespace memguard::simulate {

/// So many MiB.
[[nodiscard]] Bytes mib(double n);
/// More than 126 years, either way, is 126 years.
[[nodiscard]] Duration time(double s);
/// To the nearest nanosecond.
[[nodiscard]] Duration rounded(double s);
/// To the next nanosecond; at most 31 years.
[[nodiscard]] Duration rounded_up(double s);

}  // namespace memguard::simulate
