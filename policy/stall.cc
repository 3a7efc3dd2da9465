// Rule 2: nothing that runs uses CPU, so it may wait for something that is stopped or held.
#include "policy/stall.h"

#include <utility>

#include "policy/eviction.h"

namespace memguard::policy {
namespace {

// That a job sleeps does not mean that it needs no more: only after a while is its growth left out, and that of an
// oldest that would be lost last of all.
Bytes room_for_stall(const Step& step) {
  if (step.state.stall.stalled() >= step.settings.stall_without_room) return Bytes::unlimited();
  const Chain* oldest = step.view.oldest_active();
  Bytes room = step.view.budget - step.view.used;
  if (!oldest->restartable) room -= oldest->to_finish;
  if (step.state.stall.stalled() >= step.settings.stall_without_growth()) return room;
  for (const Chain& chain : step.view.chains) {
    if (&chain != oldest || chain.restartable) room -= chain.need.in_full();
  }
  return room;
}

void lend(Step& step, Chain& chain) {
  for (Job& job : step.view.members(chain)) step.record(job).lent = job.lent = true;
  chain.lent = true;
  step.state.any_lent = true;
}

bool thaw_for_stall(Step& step, Bytes room) {
  for (Chain& chain : step.view.chains) {
    if (!chain.frozen || step.view.stopped(chain).in_full() > room) continue;
    lend(step, chain);
    step.thaw(chain, Cause::stalled);
    return true;
  }
  return false;
}

// First the linker of a family that has memory: its rustc may hold what the others wait for, one that has not begun
// holds nothing. What was started in vain three times comes last, or it would be started for ever.
bool admit_for_stall(Step& step, Bytes room) {
  Job* best = nullptr;
  std::pair<bool, bool> best_rank;
  for (Job& job : step.view.jobs) {
    const Chain& chain = step.view.chain_of(job);
    const std::pair rank{!chain.active, step.last_try(chain)};
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
  step.admit(*best, Cause::stalled);
  step.view.sum_up(chain);
  return true;
}

}  // namespace

bool break_stall(Step& step) {
  if (step.state.stall.stalled() < step.settings.stall || step.view.oldest_active() == nullptr) return false;
  const Bytes room = room_for_stall(step);
  if (thaw_for_stall(step, room) || admit_for_stall(step, room)) return true;
  return step.state.stall.stalled() >= step.settings.stall_without_growth() && evict_for_stall(step);
}

}  // namespace memguard::policy
