#include "supervisor/build_pause.h"

namespace memguard::supervisor {

bool BuildPause::look() {
  const auto front = proc::read_stat(front_);
  const bool stopped = front && front->state == 'T';
  const Moment at = MonotonicClock::now();
  if (stopped && !since_) since_ = at;
  if (!since_) return false;
  area_.suspended = area_.suspended.load() + (at - *since_);
  since_ = stopped ? std::optional(at) : std::nullopt;
  return stopped;
}

}  // namespace memguard::supervisor
