// Ctrl-Z stops the front with the rest of its process group. The build's clock stands still then: nothing that does not
// progress is stuck, and nothing may be decided from it.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/clock.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

class BuildPause {
 public:
  /// `front` is the ancestor of the whole build. The area must outlive it.
  BuildPause(SharedArea& area, pid_t front) : area_(area), front_(front) {}

  /// Whether the front is stopped; the time since it was last looked at is then no part of the build's.
  [[nodiscard]] bool look();
  /// The build is stopped by Ctrl-Z.
  [[nodiscard]] bool lasts() const { return since_.has_value(); }

 private:
  SharedArea& area_;
  pid_t front_;
  /// When it was last seen to be stopped.
  std::optional<Moment> since_;
};

}  // namespace memguard::supervisor
