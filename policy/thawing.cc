// Rule 7: what was stopped goes on as soon as there is room, the oldest first.
#include "policy/thawing.h"

#include <algorithm>

#include "policy/room.h"

namespace memguard::policy {
namespace {

// The whole chain rests as long as that job of it which was frozen last, and most often.
bool rested(const Step& step, const Chain& chain) {
  Instant since{};
  int freezes = 0;
  for (const Job& job : step.view.members(chain)) {
    const JobRecord& record = step.record(job);
    if (job.state != JobState::frozen || record.order != JobRecord::Order::freeze) continue;
    since = std::max(since, record.ordered);
    freezes = std::max(freezes, record.freezes);
  }
  Duration least = step.settings.sample;
  for (int i = step.settings.freezes_before_doubling; i < freezes && least < step.settings.frozen_most; ++i) least *= 2;
  return step.view.at - since >= std::min(least, step.settings.frozen_most);
}

}  // namespace

void thaw_frozen(Step& step) {
  if (!step.view.any_frozen() || step.state.squeezed) return;
  const Room room(step.view, step.state.alpha);
  Bytes lent;
  for (std::size_t i = 0; i < step.view.chains.size(); ++i) {
    Chain& chain = step.view.chains[i];
    if (!chain.frozen || chain.kept) continue;
    const Need need = step.view.stopped(chain);
    const Bytes share = need.set_aside({step.state.alpha});
    const bool safe = chain.restartable || lent + share <= room.left_by_older(i);
    if (!rested(step, chain) || step.reserved(need) > step.view.budget || !safe) return;
    if (!chain.restartable) lent += share;
    step.thaw(chain, Cause::fits);
  }
}

}  // namespace memguard::policy
