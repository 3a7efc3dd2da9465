// For how long nothing that runs has made progress.
#pragma once

#include "policy/settings.h"

namespace memguard::policy {

/// Adds up the time in which running jobs used no CPU.
class StallWatch {
 public:
  /// The CPU time that running jobs used in `gap`, the time since the last step.
  void note(Duration gap, Duration cpu, const Settings& settings);
  /// Whether so much CPU time in `gap` is progress.
  [[nodiscard]] static bool progress(Duration gap, Duration cpu, const Settings& settings) {
    return cpu > Duration::zero() && seconds(cpu) >= settings.stall_cpu * seconds(gap);
  }
  /// Something was let go: it gets its time.
  void restart() { stalled_ = {}; }
  /// For how long by now.
  [[nodiscard]] Duration stalled() const { return stalled_; }

 private:
  Duration stalled_{};
};

}  // namespace memguard::policy
