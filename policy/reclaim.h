// Rule 5: where there is swap or zram, memory of frozen families goes there before anybody has to be evicted.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Notes whether memory is still being written out, and which chain gave little of what it was asked for.
void note_reclaimed(Step& step, const Observation& seen);
/// The limit is not passed, and `over` can go to swap before it is.
[[nodiscard]] bool reclaims_enough(const Step& step, Bytes over);
/// Orders one piece of memory of a frozen chain into swap, when somebody older needs it.
void reclaim_for_older(Step& step);

}  // namespace memguard::policy
