// Rule 5: where there is swap or zram, memory of frozen families goes there before anybody has to be evicted. Freezing
// alone frees nothing; this does, throws no work away, and costs writing and reading back.
//
// The youngest gives first, the oldest never: what is old ends soon. Nothing is written out that nobody older needs, so
// memory goes out and comes back in order of age, and a family is thawed only when what it has in swap fits again.
#include <algorithm>

#include "policy/step.h"

namespace memguard::policy {

// What a piece that was ordered before came to is known once nothing is being written any more.
void Governor::note_reclaimed(Step& step, const Observation& seen) {
  step.reclaiming = seen.reclaiming;
  if (seen.reclaiming || !reclaimed_) return;
  const auto family = std::ranges::find(step.view.families, reclaimed_->family, &Family::id);
  if (family != step.view.families.end()) {
    Bytes swapped;
    for (const Job& job : step.view.members(*family)) swapped += job.swapped;
    const bool little = swapped - reclaimed_->swapped_before < 0.5 * reclaimed_->asked;
    if (little && family->frozen) families_[family->id].gave_little = step.view.at;
  }
  reclaimed_.reset();
}

bool Governor::may_reclaim(const Family& family, Instant at) const {
  if (!family.frozen || family.swappable < settings_.reclaim_least) return false;
  const auto record = families_.find(family.id);
  if (record == families_.end() || record->second.order != FamilyRecord::Order::freeze) return false;
  const auto& gave_little = record->second.gave_little;
  const bool rests = gave_little && at - *gave_little < settings_.reclaim_again;
  // Before that the freeze may not have been carried out.
  return !rests && at - record->second.ordered >= settings_.frozen_least;
}

// Whether the limit is not passed and so much more can go to swap before it is.
bool Governor::reclaims_enough(const Step& step, Bytes over) const {
  const View& view = step.view;
  Bytes sum;
  for (const Family& family : view.families) {
    const bool goes = step.reclaiming && reclaimed_ && reclaimed_->family == family.id;
    if (goes || may_reclaim(family, view.at)) sum += family.swappable;
  }
  return view.used <= view.limit && std::min(sum, view.swap_room) >= over;
}

// For those that run, every frozen family gives what they may still grow by; for the oldest frozen one, so that it can
// run again, those younger than it, if together they have enough.
void Governor::reclaim_for_older(Step& step) {
  View& view = step.view;
  if (view.swap_room < settings_.reclaim_least || step.reclaiming) return;
  const auto waits = std::ranges::find_if(view.families, &Family::frozen);
  if (waits == view.families.end()) return;
  const Bytes for_running = reserved(step) - view.budget;
  const Bytes for_waiting = reserved(step, view.stopped(*waits)) - view.budget;
  Bytes others;
  for (auto family = waits + 1; family != view.families.end(); ++family) {
    if (may_reclaim(*family, view.at)) others += family->swappable;
  }
  const bool enough = std::min(others, view.swap_room) >= for_waiting;
  for (auto family = view.families.end(); family-- != waits;) {
    const Bytes wanted = enough && family != waits ? for_waiting : for_running;
    if (wanted <= Bytes{} || !may_reclaim(*family, view.at)) continue;
    const Bytes most = std::min({family->swappable, view.swap_room, settings_.reclaim_most});
    return reclaim(step, *family, std::clamp(wanted, std::min(settings_.reclaim_least, most), most));
  }
}

void Governor::reclaim(Step& step, const Family& family, Bytes amount) {
  Bytes swapped;
  for (const Job& job : step.view.members(family)) swapped += job.swapped;
  reclaimed_ = {family.id, swapped, amount};
  step.reclaiming = true;
  step.decision.actions.emplace_back(Reclaim{family.id, amount, reason(step, Cause::older_waits, amount)});
}

}  // namespace memguard::policy
