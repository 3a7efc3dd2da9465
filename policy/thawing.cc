// Rule 7: what was stopped goes on as soon as there is room, the oldest first.
#include <algorithm>

#include "policy/room.h"
#include "policy/step.h"

namespace memguard::policy {

void Governor::thaw_frozen(Step& step) {
  if (!step.view.any_frozen() || squeezed_) return;
  const Room room(step.view, alpha_);
  Bytes lent;
  for (std::size_t i = 0; i < step.view.chains.size(); ++i) {
    Chain& chain = step.view.chains[i];
    if (!chain.frozen || chain.kept) continue;
    const Need need = step.view.stopped(chain);
    const Bytes share = need.set_aside({alpha_});
    const bool safe = chain.restartable || lent + share <= room.left_by_older(i);
    if (!rested(step.view, chain) || reserved(step, need) > step.view.budget || !safe) return;
    if (!chain.restartable) lent += share;
    thaw(step, chain, Cause::fits);
  }
}

// The whole chain rests as long as that job of it which was frozen last, and most often.
bool Governor::rested(const View& view, const Chain& chain) const {
  Instant since{};
  int freezes = 0;
  for (const Job& job : view.members(chain)) {
    const JobRecord& record = jobs_.at(job.id);
    if (job.state != JobState::frozen || record.order != JobRecord::Order::freeze) continue;
    since = std::max(since, record.ordered);
    freezes = std::max(freezes, record.freezes);
  }
  Duration least = settings_.frozen_least;
  for (int i = settings_.freezes_before_doubling; i < freezes && least < settings_.frozen_most; ++i) least *= 2;
  return view.at - since >= std::min(least, settings_.frozen_most);
}

}  // namespace memguard::policy
