// Where memory.high should be.
#pragma once

#include <optional>

#include "policy/settings.h"
#include "policy/view.h"

namespace memguard::policy {

/// What the trip wire looks at besides the view.
struct TripSigns {
  /// Families that run: neither frozen nor held.
  int running_families = 0;
  /// memory.high was hit since the last step.
  bool hit = false;
};

/// Above memory.high the kernel slows every allocation down. That is a brake for several families that grow at once,
/// and a trap for one that must end. So it is off while only one family runs, and after memory has stayed above it for
/// Settings::pressure_window.
class TripWire {
 public:
  /// The value that memory.high should have from now on, when that is not what it was told last.
  std::optional<Bytes> step(const View& view, const TripSigns& signs, const Settings& settings);
  /// Where it was last said to be; unlimited while it is off.
  [[nodiscard]] Bytes high() const { return told_.value_or(Bytes::unlimited()); }

 private:
  [[nodiscard]] bool must_be_off(const View& view, const TripSigns& signs, Bytes wire, const Settings& settings);

  std::optional<Bytes> told_;
  std::optional<Instant> above_since_;
  std::optional<Instant> hit_since_;
  /// When it last had to be off.
  std::optional<Instant> off_at_;
};

}  // namespace memguard::policy
