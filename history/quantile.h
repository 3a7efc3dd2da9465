// What to expect of a unit from its last runs.
#pragma once

#include <vector>

#include "base/units.h"

namespace memguard::history {

/// So many runs of one unit are kept.
constexpr int kRunsKept = 8;

struct Peak {
  Bytes size;
  bool completed = true;
};

/// The peak that three quarters of the runs stay within, each run counting 0.7 times the one after it: a unit that
/// shrank is believed to have after three runs, one that varies is taken at its larger sizes. A run that memory ended
/// and that was not completed since says that at least a tenth more is needed. `peaks`: newest first, at least one.
[[nodiscard]] Bytes expected_peak(const std::vector<Peak>& peaks);

}  // namespace memguard::history
