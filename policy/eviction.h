// Rule 6: memory is taken back from who can be started again.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Families that were evicted while they only waited come back: when the one they were evicted for has ended or is
/// idle, when there is plenty of room, and all of them when nothing that runs makes progress.
void let_back(Step& step);
/// Evicts until the oldest family does not hit the wall. True when something was evicted.
bool evict_for_oldest(Step& step);
/// Evicts all others when the oldest was killed twice, and notes in Step::alone whether it was.
void clear_for_killed(Step& step);
/// Evicts the newest of several frozen families. False when there are not several, or none can be.
bool evict_for_stall(Step& step);

}  // namespace memguard::policy
