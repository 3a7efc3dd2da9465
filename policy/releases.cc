#include "policy/releases.h"

#include <algorithm>
#include <cmath>

namespace memguard::policy {

void Releases::note(Duration gap, Bytes freed, const Settings& settings) {
  recent_ = recent_ * std::exp(-seconds(gap) / seconds(settings.release_window)) + std::max(0.0, freed.real());
}

Bytes Releases::in(Duration ahead, const Settings& settings) const {
  return Bytes::of(settings.release_share * recent_ * seconds(ahead) / seconds(settings.release_window));
}

}  // namespace memguard::policy
