// Whether there is so much memory that no compile has to be run again.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/units.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// A shim above a compile lets it be evicted, and costs about a millisecond. Nobody is evicted where memory suffices:
/// where each compile that runs, and one more, could take twice what the largest of the build took, and at least 2 GiB.
class Plenty {
 public:
  /// A compile has had so much.
  void took(Bytes peak) { largest_ = std::max(largest_, peak); }
  /// there_is() beside these jobs; notes what the compiles among them have had.
  [[nodiscard]] bool look(const LiveJobs& jobs, Bytes room);
  /// With so much that nobody uses, and so many jobs.
  [[nodiscard]] bool there_is(Bytes room, std::size_t jobs) const {
    using namespace units;
    return room >= static_cast<double>(jobs + 1) * std::max(2_GiB, 2.0 * largest_);
  }

 private:
  Bytes largest_{};
};

}  // namespace memguard::supervisor
