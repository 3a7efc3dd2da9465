// Rule 2: nothing that runs uses CPU, so it may wait for something that is stopped or held.
#include <utility>

#include "policy/step.h"

namespace memguard::policy {

bool Governor::break_stall(Step& step) {
  if (stall_.stalled() < settings_.stall || step.view.oldest_active() == nullptr) return false;
  const Bytes room = room_for_stall(step.view);
  if (thaw_for_stall(step, room) || admit_for_stall(step, room)) return true;
  return stall_.stalled() >= settings_.stall_without_growth && evict_for_stall(step);
}

// That a job sleeps does not mean that it needs no more: only after a while is its growth left out, and that of an
// oldest that would be lost last of all.
Bytes Governor::room_for_stall(const View& view) const {
  if (stall_.stalled() >= settings_.stall_without_room) return Bytes::unlimited();
  const Chain* oldest = view.oldest_active();
  Bytes room = view.budget - view.used;
  if (!oldest->restartable) room -= oldest->to_finish;
  if (stall_.stalled() >= settings_.stall_without_growth) return room;
  for (const Chain& chain : view.chains) {
    if (&chain != oldest || chain.restartable) room -= chain.need.in_full();
  }
  return room;
}

bool Governor::thaw_for_stall(Step& step, Bytes room) {
  for (Chain& chain : step.view.chains) {
    if (!chain.frozen || step.view.stopped(chain).in_full() > room) continue;
    lend(step, chain);
    thaw(step, chain, Cause::stalled);
    return true;
  }
  return false;
}

// First the linker of a family that has memory: its rustc may hold what the others wait for, one that has not begun
// holds nothing. What was started in vain three times comes last, or it would be started for ever.
bool Governor::admit_for_stall(Step& step, Bytes room) {
  Job* best = nullptr;
  std::pair<bool, bool> best_rank;
  for (Job& job : step.view.jobs) {
    const Chain& chain = step.view.chain_of(job);
    const std::pair rank{!chain.active, last_try(chain)};
    if (job.state != JobState::waiting || job.peak > room || job.below_frozen) continue;
    // One that must run alone waits for nothing that has not begun.
    if (step.alone && !chain.active && &chain != step.view.oldest()) continue;
    if (best != nullptr && rank >= best_rank) continue;
    best = &job;
    best_rank = rank;
  }
  if (best == nullptr) return false;
  Chain& chain = step.view.chain_of(*best);
  lend(step, chain);
  admit(step, *best, Cause::stalled);
  step.view.sum_up(chain);
  return true;
}

void Governor::lend(Step& step, Chain& chain) {
  for (Job& job : step.view.members(chain)) jobs_[job.id].lent = job.lent = true;
  chain.lent = true;
  any_lent_ = true;
}

}  // namespace memguard::policy
