#include "policy/stall_watch.h"

#include <algorithm>

namespace memguard::policy {

void StallWatch::note(Duration gap, Duration cpu, const Settings& settings) {
  stalled_ = progress(gap, cpu, settings) ? Duration::zero() : stalled_ + std::min(gap, settings.stall_step);
}

}  // namespace memguard::policy
