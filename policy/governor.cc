// The rules, in the order in which a step applies them. Only a part of 6 comes first: who was killed twice runs alone.
// A step that has broken a stall leaves 3 to 8 to the next one.
//
//  1. The oldest family runs. Of all families that have memory the oldest is never stopped: it is thawed at once when
//     it becomes the oldest, and what waits in it (the linker its rustc waits for) starts whatever fits. So something
//     always comes to its end, gives its memory back, and makes the next one the oldest.
//     What the user asked for (wishes.cc) is done next, as far as this rule allows.
//  2. A stall is broken (stall.cc). When nothing that runs uses CPU, it may wait for something that is stopped: a lock,
//     a pipe, a token. The oldest stopped or held one that fits is let go; when none fits, only after much longer.
//  3. Freeze late (freezing.cc). Freezing frees nothing, it only keeps what is left for those who can end with it: the
//     newest family is stopped whose growth within the horizon does not fit. To one that nobody would start again
//     memory is lent in order of age (room.h), so that whoever is older can end.
//  4. Freeze for pressure. Unreclaimable memory may fit and the build stand still, because no room is left for the page
//     cache; the newest family is stopped, one a window, and only when little is free.
//  5. Reclaim (reclaim.cc). Where there is swap, frozen families give their memory to those older than they are, the
//     youngest first.
//  6. Evict (eviction.cc). When the oldest is about to hit the wall, whoever would be started again gives its memory
//     back, most memory for least lost work first. One that was killed for memory twice runs alone. The drivers of
//     those that only wait go before all others, and come back when there is room.
//  7. Thaw at once (thawing.cc), oldest first: what has memory comes before what has none.
//  8. Admit (admission.cc), oldest first, nothing beside a frozen family. Younger jobs may pass the oldest one that
//     does not fit, but only for some seconds: then what runs drains away until it fits. When memory is short they
//     start one after the other, so that the first shows what it takes. Of known jobs it is known whether their peaks
//     come together (timing.h).
//  9. If nothing has memory, the oldest starts, whatever it needs: alone is the best that can be had. Beside what is
//     idle it does so only after some seconds: one that sleeps may end and give its memory back, a server stays.
// 10. memory.high is a trip wire for several that grow together, and is off while only one runs.
// 11. Tokens (tokens.cc) of a jobserver are withheld while jobs are held: the build tool, which knows what most others
//     wait for, then chooses later what it starts.
// 12. Where memory is short nothing new starts while all processors are in use: it would only take memory. Where memory
//     is plentiful the build tool has decided how many jobs it starts.
// 13. Of a group (link-jobs, test-jobs) only so many have memory at once as the user allows.
#include "policy/governor.h"

#include <algorithm>
#include <utility>

#include "policy/admission.h"
#include "policy/eviction.h"
#include "policy/freezing.h"
#include "policy/look.h"
#include "policy/reclaim.h"
#include "policy/stall.h"
#include "policy/step.h"
#include "policy/thawing.h"
#include "policy/tokens.h"
#include "policy/wishes.h"

namespace memguard::policy {
namespace {

void run_oldest(Step& step) {
  const Chain* active = step.view.oldest_active();
  if (active == nullptr) return;
  Chain& oldest = step.view.chain_of(step.view.members(*active).front());
  if (oldest.frozen) step.thaw(oldest, Cause::oldest_family);
  for (Job& job : step.view.members(oldest)) {
    if (job.state == JobState::waiting && !group_full(step.view, job, true)) step.admit(job, Cause::oldest_family);
  }
  step.view.sum_up(oldest);
}

void set_trip_wire(Step& step) {
  const auto running = std::ranges::count_if(step.view.chains, &Chain::runs);
  const auto high = step.state.trip_wire.step(step.view, {static_cast<int>(running), step.hit_high}, step.settings);
  if (!high) return;
  auto& actions = step.decision.actions;
  const Cause cause = running <= 1           ? Cause::last_one_running
                      : high->is_unlimited() ? Cause::trip_wire_hit
                                             : Cause::several_running;
  const SetHigh action{*high, step.reason(cause, Bytes{})};
  // Raised before anything else is done: raising does not wake who is already being throttled.
  actions.insert(high->is_unlimited() ? actions.begin() : actions.end(), action);
}

Duration next_sample(const Step& step) {
  const View& view = step.view;
  Bytes ahead;
  for (const Chain& chain : view.chains) ahead += chain.ahead;
  const Bytes soon = view.used + 2.0 * ahead;
  if (view.any_frozen_by_rule() || soon > step.settings.tight * view.budget) return step.settings.sample_tight();
  if (view.used + view.need().in_full() < step.settings.plentiful * view.budget) return step.settings.sample_plentiful;
  if (soon < step.settings.plentiful_for_all() * view.budget) return step.settings.sample_plentiful;
  return step.settings.sample;
}

}  // namespace

Governor::Governor(Settings settings) : state_(std::move(settings)) {}

Decision Governor::step(const Observation& seen) {
  Step step(state_);
  look(step, seen);
  let_back(step);
  clear_for_killed(step);
  run_oldest(step);
  grant_wishes(step);
  if (!break_stall(step)) {
    bool stopped = freeze_for_growth(step);
    stopped = freeze_for_pressure(step) || stopped;
    reclaim_for_older(step);
    stopped = evict_for_oldest(step) || stopped;
    // Of a family that leaves, the memory may still be there.
    if (!stopped && !step.alone && !step.view.leaving) {
      thaw_frozen(step);
      admit_waiting(step);
    }
  }
  start_something(step);
  hold_rest(step);
  set_trip_wire(step);
  spare_tokens(step, seen.tokens);
  // Only what is stopped or away can be what a stall waits for.
  if (step.view.counts.held == 0 && !step.view.any_frozen() && state_.away.empty()) state_.stall.restart();
  step.decision.next_sample = next_sample(step);
  return std::move(step.decision);
}

void Governor::learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak, bool completed) {
  state_.learn(job_class, predicted, peak, completed);
}

}  // namespace memguard::policy
