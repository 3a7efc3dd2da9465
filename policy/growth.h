// How fast memory grows: one job's, or what others on the machine take.
#pragma once

#include <array>
#include <cstddef>

#include "base/units.h"
#include "policy/settings.h"

namespace memguard::policy {

/// The last half second of some memory.
class Growth {
 public:
  /// A sample of a job that runs. Time that stands still or runs backwards replaces the last sample.
  void note(Instant at, Bytes memory, const Settings& settings);
  /// The job was stopped: its samples say nothing about what it does when it runs again, its last rate does.
  void stop();
  /// What it will grow by in `ahead`, never negative. The rate is the mean over Settings::growth_window, or, where that
  /// is larger, the average of this mean and the latest rate.
  [[nodiscard]] Bytes in(Duration ahead) const;
  /// The same by the mean over the window alone: one sudden step is not expected to repeat itself.
  [[nodiscard]] Bytes steadily_in(Duration ahead) const;

 private:
  struct Sample {
    Instant at{};
    Bytes memory;
  };

  [[nodiscard]] double per_second() const;
  [[nodiscard]] double mean_per_second() const;
  [[nodiscard]] double per_second_since(const Sample& then) const;
  void drop_older_than(Instant start);

  std::array<Sample, 16> samples_{};  ///< oldest first; a window of 0.5 s in grains of 40 ms and both ends
  std::size_t count_ = 0;
  Duration grain_{};
  double before_stop_ = 0;  ///< bytes per second when it was stopped; used until there are new samples
};

}  // namespace memguard::policy
