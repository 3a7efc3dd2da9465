// How fast jobs that end give memory back.
#pragma once

#include "base/units.h"
#include "policy/settings.h"

namespace memguard::policy {

/// An average over the last seconds in which what is long ago counts less.
class Releases {
 public:
  /// `gap` has passed since the last step, in which jobs ended that had so much.
  void note(Duration gap, Bytes freed, const Settings& settings);
  /// What may be counted on to come back in `ahead`, if it goes on like that: a careful share of it.
  [[nodiscard]] Bytes in(Duration ahead, const Settings& settings) const;

 private:
  double recent_ = 0;  ///< bytes; divided by the window they are bytes per second
};

}  // namespace memguard::policy
