// Whether there is so much memory that no compile has to be run again.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/units.h"
#include "supervisor/live_jobs.h"

namespace memguard::supervisor {

/// A compile may be evicted when memguard-shim stands above it, which costs about a millisecond. Where each of those
/// that run, and one more, could take twice what the largest compile of the build took, and 2 GiB, nobody will be
/// evicted.
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
