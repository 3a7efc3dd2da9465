// Rule 6: memory is taken back from who can be started again. It is the only rule that frees memory, and the only one
// that throws work away, so it acts as late as it can: when the oldest family would otherwise hit the wall, when a
// family must run alone, and when what is stopped stands in the way of what the build waits for.
#include <algorithm>
#include <utility>

#include "policy/step.h"

namespace memguard::policy {

// The oldest is never the victim: it ends, and with it what others wait for.
bool Governor::evict_for_oldest(Step& step) {
  bool evicted = false;
  while (const Chain* oldest = step.view.oldest_active()) {
    const Bytes grows = grows_before_wall(step.view, *oldest);
    const bool over = step.view.used > step.view.limit;
    const Bytes beyond = step.view.used + grows - wall(step.view);
    if (beyond <= Bytes{}) break;
    if (grows <= settings_.growth_ignored && !over) break;
    if (reclaims_enough(step, beyond)) break;
    const auto family = victim(step.view);
    if (!family) break;
    evict(step, *family, Cause::wall_ahead);
    evicted = true;
  }
  return evicted;
}

// As long as others run beside the oldest, freezing them is how room is kept for what it takes at once.
Bytes Governor::wall(const View& view) const {
  const Bytes at_once = std::min(settings_.at_once, settings_.at_once_most * view.limit);
  const Bytes late = settings_.wall * view.limit;
  return view.any_frozen() ? std::min(late, view.limit - at_once) : late;
}

Bytes Governor::grows_before_wall(const View& view, const Chain& chain) const {
  Bytes sum = taken_by_others_.steadily_in(settings_.evict_ahead);
  for (const Job& job : view.members(chain)) {
    if (job.state == JobState::running) sum += jobs_.at(job.id).growth.in(settings_.evict_ahead);
  }
  return sum;
}

// Those that may be restarted once more come first, by memory per CPU time thrown away; of the others the newest.
std::optional<FamilyId> Governor::victim(const View& view) const {
  const Chain* oldest = view.oldest_active();
  std::optional<FamilyId> best;
  std::pair<bool, double> best_rank;
  for (const Whole& family : view.wholes()) {
    if (family.id == oldest->family || !family.restartable || family.memory <= Bytes{}) continue;
    const bool again = family.restarts < settings_.restarts_most;
    const std::pair<bool, double> rank{again, again ? worth(family) : static_cast<double>(family.id)};
    if (best && rank <= best_rank) continue;
    best = family.id;
    best_rank = rank;
  }
  return best;
}

double Governor::worth(const Whole& family) const {
  return family.memory.real() / (seconds(settings_.evict_grace) + seconds(family.cpu));
}

// A family that was killed twice, once it is the oldest that has not ended, runs with nothing beside it. What cannot be
// evicted is older in effect: it runs to its end first, because frozen it would keep the memory for want of which the
// other was killed.
void Governor::clear_for_killed(Step& step) {
  const Chain* oldest = step.view.oldest();
  step.alone = oldest != nullptr && oldest->oom_kills >= settings_.oom_kills_most;
  if (!step.alone) return;
  const FamilyId alone = oldest->family;
  auto families = step.view.wholes();
  std::ranges::reverse(families);
  for (const Whole& family : families) {
    if (family.id != alone && family.active && family.restartable) evict(step, family.id, Cause::killed_twice);
  }
  std::ranges::fill(step.refused, Cause::killed_twice);
}

// The newest of several frozen ones makes room for the others; the oldest of them is never it, nor is what runs.
bool Governor::evict_for_stall(Step& step) {
  const Chain* oldest = step.view.oldest_active();
  const auto families = step.view.wholes();
  const auto first = std::ranges::find_if(families, &Whole::frozen);
  const auto newest = std::find_if(families.rbegin(), families.rend(),
                                   [](const Whole& family) { return family.frozen && family.restartable; });
  if (newest == families.rend() || &*newest == &*first || newest->id == oldest->family) return false;
  evict(step, newest->id, Cause::stalled);
  return true;
}

void Governor::evict(Step& step, FamilyId family, Cause cause) {
  Bytes memory;
  for (const Chain& chain : step.view.chains) memory += chain.family == family ? chain.memory : Bytes{};
  const Reason why = reason(step, cause, memory);
  for (const Chain& chain : step.view.chains) {
    if (chain.family != family) continue;
    step.need -= chain.need;
    if (chain.active) --step.active;
    for (const Job& job : step.view.members(chain)) {
      JobRecord& record = jobs_[job.id];
      record.evicted = step.view.at;
      record.order = JobRecord::Order::none;
    }
  }
  // What was to be frozen in this step is killed instead: a late freeze would stop what comes back.
  const auto freezes_it = [&](const Action& action) {
    const auto* freeze = std::get_if<Freeze>(&action);
    return freeze != nullptr && freeze->family == family;
  };
  std::erase_if(step.decision.actions, freezes_it);
  step.decision.actions.emplace_back(Evict{family, why});
  step.view.remove(family);
  step.refused.resize(step.view.jobs.size());
  raise_alpha(settings_.alpha_per_eviction);
  stall_.restart();
}

}  // namespace memguard::policy
