#include "supervisor/build_pause.h"

namespace memguard::supervisor {

bool BuildPause::look() {
  const auto front = proc::read_stat(front_);
  const bool stopped = front && front->state == 'T';
  const std::int64_t at = monotonic_ns();
  if (stopped && since_ns_ == 0) since_ns_ = at;
  if (since_ns_ == 0) return false;
  area_.suspended_ns += at - since_ns_;
  since_ns_ = stopped ? at : 0;
  return stopped;
}

}  // namespace memguard::supervisor
