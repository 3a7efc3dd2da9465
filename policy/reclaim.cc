// Rule 5: where there is swap or zram, memory of frozen families goes there before anybody has to be evicted. Freezing
// alone frees nothing; this does, throws no work away, and costs writing and reading back.
//
// The youngest gives first, the oldest never: what is old ends soon. Nothing is written out that nobody older needs, so
// memory goes out and comes back in order of age, and a family is thawed only when what it has in swap fits again.
#include "policy/reclaim.h"

#include <algorithm>

namespace memguard::policy {
namespace {

bool may_reclaim(const Step& step, const Chain& chain) {
  if (!chain.frozen || chain.swappable < step.settings.reclaim_least()) return false;
  return std::ranges::all_of(step.view.members(chain), [&](const Job& job) {
    const JobRecord& record = step.record(job);
    if (job.state != JobState::frozen) return true;
    const bool rests = record.gave_little && step.view.at - *record.gave_little < step.settings.reclaim_again;
    // Before that the freeze may not have been carried out.
    return record.order == JobRecord::Order::freeze && !rests && step.view.at - record.ordered >= step.settings.sample;
  });
}

void reclaim(Step& step, const Chain& chain, Bytes amount) {
  Bytes swapped;
  for (const Job& job : step.view.members(chain)) swapped += job.swapped;
  step.state.reclaimed = {chain.id, swapped, amount};
  step.reclaiming = true;
  step.decision.actions.emplace_back(Reclaim{chain.family, amount, step.reason(Cause::older_waits, amount)});
}

}  // namespace

// What a piece that was ordered before came to is known once nothing is being written any more.
void note_reclaimed(Step& step, const Observation& seen) {
  step.reclaiming = seen.reclaiming;
  if (seen.reclaiming || !step.state.reclaimed) return;
  const auto chain = std::ranges::find(step.view.chains, step.state.reclaimed->chain, &Chain::id);
  if (chain != step.view.chains.end()) {
    Bytes swapped;
    for (const Job& job : step.view.members(*chain)) swapped += job.swapped;
    const bool little = swapped - step.state.reclaimed->swapped_before < 0.5 * step.state.reclaimed->asked;
    if (little && chain->frozen) {
      for (const Job& job : step.view.members(*chain)) step.record(job).gave_little = step.view.at;
    }
  }
  step.state.reclaimed.reset();
}

// Whether the limit is not passed and so much more can go to swap before it is.
bool reclaims_enough(const Step& step, Bytes over) {
  const View& view = step.view;
  Bytes sum;
  for (const Chain& chain : view.chains) {
    const bool goes = step.reclaiming && step.state.reclaimed && step.state.reclaimed->chain == chain.id;
    if (goes || may_reclaim(step, chain)) sum += chain.swappable;
  }
  return view.used <= view.limit && std::min(sum, view.swap_room) >= over;
}

// For those that run, every frozen family gives what they may still grow by; for the oldest frozen one, so that it can
// run again, those younger than it, if together they have enough.
void reclaim_for_older(Step& step) {
  View& view = step.view;
  if (view.swap_room < step.settings.reclaim_least() || step.reclaiming) return;
  const auto waits = std::ranges::find_if(view.chains, &Chain::frozen);
  if (waits == view.chains.end()) return;
  const Bytes for_running = step.reserved() - view.budget;
  const Bytes for_waiting = step.reserved(view.stopped(*waits)) - view.budget;
  Bytes others;
  for (auto chain = waits + 1; chain != view.chains.end(); ++chain) {
    if (may_reclaim(step, *chain)) others += chain->swappable;
  }
  const bool enough = std::min(others, view.swap_room) >= for_waiting;
  for (auto chain = view.chains.end(); chain-- != waits;) {
    const Bytes wanted = enough && chain != waits ? for_waiting : for_running;
    if (wanted <= Bytes{} || !may_reclaim(step, *chain)) continue;
    const Bytes most = std::min({chain->swappable, view.swap_room, step.settings.reclaim_most});
    return reclaim(step, *chain, std::clamp(wanted, std::min(step.settings.reclaim_least(), most), most));
  }
}

}  // namespace memguard::policy
