// What the supervisor counts in a build and the report tells as it was counted. A further total is a member here, a
// line of total_fields, and the place where it is counted (`area.totals`).
#pragma once

#include <type_traits>

#include "base/units.h"

namespace memguard::report {

/// All zero at the start of a run.
struct Totals {
  /// Jobs killed by memguard, each with what it had started, to free its memory.
  int evicted = 0;
  /// Jobs that were started again after memory had ended them.
  int restarted = 0;
  /// Jobs that memory ended for good.
  int lost = 0;
  /// Memory of frozen jobs that was written to swap.
  Bytes reclaimed;
  /// How long all of the build stalled for memory at once: `full` of memory.pressure.
  Duration pressure_full{};
};

// It is in the memory that processes share.
static_assert(std::is_trivially_copyable_v<Totals>);

/// Visits each total under its key in the report (fields.h).
template <class SomeTotals, class Fields>
void total_fields(SomeTotals& totals, Fields& fields) {
  fields.need("evicted", totals.evicted);
  fields.need("restarted", totals.restarted);
  fields.need("lost", totals.lost);
  fields.later("reclaimed_bytes", totals.reclaimed);
  fields.need("psi_full_seconds", totals.pressure_full);
}

}  // namespace memguard::report
