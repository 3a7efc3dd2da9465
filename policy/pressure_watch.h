// Stalls for memory over the last second, from counters that only rise.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/observation.h"
#include "policy/settings.h"

namespace memguard::policy {

/// The last second of memory.pressure and of memory.high's hits.
class PressureWatch {
 public:
  /// The counters of an observation made at `at`. Counters that fell (another cgroup) start the window again.
  void note(Instant at, const Observation& seen, const Settings& settings);
  /// Starts the window again: what was just stopped must show its effect before anything else is stopped for it.
  void restart() { samples_.clear(); }

  /// The time that is known of, when it is at least half a window.
  [[nodiscard]] std::optional<Duration> known(const Settings& settings) const;
  /// Share of the window in which everything that was not idle stood still for memory; 0 while less than half of a
  /// window is known, and without PSI.
  [[nodiscard]] double full_share(const Settings& settings) const;
  /// Hits of memory.high per second; 0 while less than half of a window is known.
  [[nodiscard]] double high_rate(const Settings& settings) const;

 private:
  struct Sample {
    Instant at{};
    std::optional<Duration> full;
    std::uint64_t high_events = 0;
  };

  std::vector<Sample> samples_;  ///< oldest first, a grain apart
};

}  // namespace memguard::policy
