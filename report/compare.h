// What changed from one run to another.
#pragma once

#include <string>
#include <vector>

#include "report/run_report.h"

namespace memguard::report {

/// What one unit took in a run, of all its jobs together.
struct UnitTook {
  int jobs = 0;
  Bytes peak;
  /// From start to end, less what it waited.
  Duration ran{};
  Duration waited{};
};

/// A unit in both runs; one that is in one run alone has no jobs in the other.
struct UnitChange {
  std::string unit;
  UnitTook before;
  UnitTook after;

  /// How much longer it was there, with its waiting.
  [[nodiscard]] Duration longer() const { return after.ran + after.waited - before.ran - before.waited; }
  /// By how much the peak has grown; negative: shrunk.
  [[nodiscard]] Bytes larger() const { return after.peak - before.peak; }
};

/// By unit, the largest change of time first; units that changed by less than a tenth of a second and a twentieth of
/// their peak are left out.
[[nodiscard]] std::vector<UnitChange> changes_between(const RunReport& before, const RunReport& after);

}  // namespace memguard::report
