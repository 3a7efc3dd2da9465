// Which setting of the profile drives the need: units that differ in one word.
#pragma once

#include <string>
#include <vector>

#include "history/unit_runs.h"

namespace memguard::history {

/// One profile setting that makes a unit need more: the pair of runs of `unit` that differ in it alone and lie furthest
/// apart.
struct Driver {
  /// Of `more`.
  job::Unit unit;
  /// "lto=fat" and "lto=thin"; "no lto" where it was not given.
  std::string more_with;
  std::string less_with;
  Bytes more;
  Bytes less;
};

/// Of each of lto, debuginfo, codegen-units and opt-level at most one; see Advice::drivers.
[[nodiscard]] std::vector<Driver> profile_drivers(const std::vector<UnitRuns>& units);

}  // namespace memguard::history
