// Rule 6: memory is taken back from who can be started again. It is the only rule that frees memory, and the only one
// that throws work away, so it acts as late as it can: when the oldest family would otherwise hit the wall, when a
// family must run alone, and when what is stopped stands in the way of what the build waits for.
#include "policy/eviction.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "policy/reclaim.h"

namespace memguard::policy {
namespace {

// As long as others run beside the oldest, freezing them is how room is kept for what it takes at once.
Bytes wall(const Step& step) {
  const Bytes at_once = std::min(step.settings.at_once, step.settings.at_once_most * step.view.limit);
  const Bytes late = step.settings.wall * step.view.limit;
  return step.view.any_frozen() ? std::min(late, step.view.limit - at_once) : late;
}

// A rate may promise more than a job will take: a job whose need is known stops there. A job that a kill would lose for
// good is left room.
Bytes soon_of(const Step& step, const Job& job) {
  const Bytes grows = step.record(job).growth.in(step.settings.evict_ahead());
  return job.known && job.restartable ? std::min(grows, job.worst_peak - job.memory) : grows;
}

Bytes grows_before_wall(const Step& step, const Chain& chain) {
  Bytes sum = step.state.taken_by_others.steadily_in(step.settings.evict_ahead());
  for (const Job& job : step.view.members(chain)) {
    if (job.state == JobState::running) sum += soon_of(step, job);
  }
  return sum;
}

double worth(const Step& step, const Whole& family) {
  return family.memory.real() / (seconds(step.settings.evict_grace()) + seconds(family.cpu));
}

// A family that only waits has memory when its drivers have some.
bool has_memory(const Step& step, const Whole& family) {
  return family.memory > (family.active ? Bytes{} : step.settings.growth_ignored);
}

// Those that only wait come first: no work is thrown away. Then those that may be restarted once more, by memory per
// CPU time thrown away; of the others the newest.
std::optional<Whole> victim(const Step& step) {
  const Chain* oldest = step.view.oldest_active();
  std::optional<Whole> best;
  std::tuple<bool, bool, double> best_rank;
  for (const Whole& family : step.view.wholes()) {
    if (family.id == oldest->family || !family.restartable || !has_memory(step, family)) continue;
    const bool again = family.restarts < step.settings.restarts_most;
    const std::tuple rank{!family.active, again, again ? worth(step, family) : static_cast<double>(family.id)};
    if (best && rank <= best_rank) continue;
    best = family;
    best_rank = rank;
  }
  return best;
}

// Whether the other family has ended, is idle, or has left room meanwhile. Before the other has started nobody knows
// what room it leaves.
bool may_come_back(const Step& step, const Away& away, Bytes returned) {
  bool at_work = false;
  bool started = false;
  for (const Chain& chain : step.view.chains) {
    if (chain.family != away.other || chain.idle()) continue;
    at_work = true;
    started = started || chain.active;
  }
  if (!at_work) return true;
  const Bytes taken = step.reserved() + returned + away.memory;
  return started && !step.view.any_frozen() && taken <= step.settings.spaced_from * step.view.budget;
}

}  // namespace

void let_back(Step& step) {
  // What runs may wait for one of them.
  const bool all = step.state.stall.stalled() >= step.settings.stall_without_growth();
  Bytes returned;
  std::erase_if(step.state.away, [&](const auto& entry) {
    const auto& [family, away] = entry;
    if (!all && !may_come_back(step, away, returned)) return false;
    returned += away.memory;
    step.decision.back.push_back(family);
    return true;
  });
}

// The oldest is never the victim: it ends, and with it what others wait for.
bool evict_for_oldest(Step& step) {
  bool evicted = false;
  while (const Chain* oldest = step.view.oldest_active()) {
    const Bytes grows = grows_before_wall(step, *oldest);
    const bool over = step.view.used > step.view.limit;
    const Bytes beyond = step.view.used + grows - wall(step);
    if (beyond <= Bytes{}) break;
    if (grows <= step.settings.growth_ignored && !over) break;
    if (reclaims_enough(step, beyond)) break;
    const auto family = victim(step);
    if (!family) break;
    step.evict_for(oldest->family, *family, Cause::wall_ahead);
    evicted = true;
  }
  return evicted;
}

// A family that was killed twice, once it is the oldest that has not ended, runs with nothing beside it. What cannot be
// evicted is older in effect: it runs to its end first, because frozen it would keep the memory for want of which the
// other was killed.
void clear_for_killed(Step& step) {
  const Chain* oldest = step.view.oldest();
  step.alone = oldest != nullptr && oldest->oom_kills >= step.settings.oom_kills_most;
  if (!step.alone) return;
  const FamilyId alone = oldest->family;
  auto families = step.view.wholes();
  std::ranges::reverse(families);
  for (const Whole& family : families) {
    if (family.id == alone || !family.restartable) continue;
    if (family.active || has_memory(step, family)) step.evict_for(alone, family, Cause::killed_twice);
  }
  std::ranges::fill(step.refused, Cause::killed_twice);
}

// The newest of several frozen ones makes room for the others; the oldest of them is never it, nor is what runs.
bool evict_for_stall(Step& step) {
  const Chain* oldest = step.view.oldest_active();
  const auto families = step.view.wholes();
  const auto first = std::ranges::find_if(families, &Whole::frozen);
  const auto newest = std::find_if(families.rbegin(), families.rend(),
                                   [](const Whole& family) { return family.frozen && family.restartable; });
  if (newest == families.rend() || &*newest == &*first || newest->id == oldest->family) return false;
  step.evict(newest->id, Cause::stalled);
  return true;
}

}  // namespace memguard::policy
