#include "policy/stall_watch.h"

#include <algorithm>

namespace memguard::policy {

void StallWatch::note(Duration gap, Duration cpu, const Settings& settings) {
  stalled_ = progress(gap, cpu, settings) ? Duration::zero() : stalled_ + std::min(gap, settings.sample_plentiful);
}

}  // namespace memguard::policy
