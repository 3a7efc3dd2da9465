// What the user asked for jobs, from another terminal. A wish goes through the verbs of the rules, and none is granted
// against rule 1: what runs because it is the oldest is neither stopped nor killed. What was let go is from then on
// like any other, and may be frozen when its growth does not fit.
#include "policy/wishes.h"

#include <algorithm>
#include <set>

namespace memguard::policy {
namespace {

void let_go(Step& step, Job& job) {
  Chain& chain = step.view.chain_of(job);
  // What runs alone was killed for memory twice beside others.
  if (step.alone && !chain.active && &chain != step.view.oldest())
    return step.decision.denied.push_back({job.id, Cause::killed_twice});
  // Who started it could not wait for it.
  if (step.view.below_frozen(job)) return step.decision.denied.push_back({job.id, Cause::beside_frozen});
  if (job.state == JobState::waiting) {
    step.admit(job, Cause::asked);
    step.view.sum_up(chain);
  } else if (job.state == JobState::frozen) {
    step.thaw(chain, Cause::asked);
  }
}

void stop(Step& step, Job& job) {
  Chain& chain = step.view.chain_of(job);
  if (job.state != JobState::running) return;
  const bool oldest = &chain == step.view.oldest_active();
  if (!oldest && !chain.lent) return step.freeze(chain, Cause::asked, chain.ahead);
  step.decision.denied.push_back({job.id, oldest ? Cause::oldest_family : Cause::stalled});
}

bool evict_as_asked(Step& step, const Job& job) {
  const Chain* oldest = step.view.oldest_active();
  if (oldest != nullptr && oldest->family == job.family) {
    step.decision.denied.push_back({job.id, Cause::oldest_family});
    return false;
  }
  const auto families = step.view.wholes();
  const auto whole = std::ranges::find(families, job.family, &Whole::id);
  if (!whole->restartable) step.decision.denied.push_back({job.id, Cause::no_restart});
  return whole->active && whole->restartable;
}

}  // namespace

void grant_wishes(Step& step) {
  // Whether what runs makes progress does not depend on what is asked: who asks all the time must not keep a stall from
  // being broken.
  const StallWatch stalled = step.state.stall;
  std::set<FamilyId> to_evict;
  for (Job& job : step.view.jobs) {
    if (job.wish == Wish::go) let_go(step, job);
    if (job.wish == Wish::stop) stop(step, job);
    if (job.wish == Wish::evict && evict_as_asked(step, job)) to_evict.insert(job.family);
  }
  // Each takes its jobs out of the view.
  for (const FamilyId family : to_evict) step.evict(family, Cause::asked);
  step.state.stall = stalled;
}

}  // namespace memguard::policy
