// The rules, in the order in which a step applies them:
//
//  1. The oldest family runs. Of all families that have memory the oldest is never stopped: it is thawed at once when
//     it becomes the oldest, and what waits in it (the linker its rustc waits for) starts whatever fits. So something
//     always comes to its end, gives its memory back, and makes the next one the oldest.
//  2. A stall is broken. When nothing that runs uses CPU, it may wait for something that is stopped: a lock, a pipe, a
//     token. The oldest stopped or held one that fits is let go; when none fits, only after much longer.
//  3. Freeze late. Freezing frees nothing, it only keeps what is left for those who can end with it: the newest family
//     is stopped whose growth within the horizon does not fit. To one that nobody would start again memory is lent in
//     order of age (room.h), so that whoever is older can end.
//  4. Freeze for pressure. Unreclaimable memory may fit and the build stand still, because no room is left for the page
//     cache; the newest family is stopped, one a window, and only when little is free.
//  5. Reclaim (reclaim.cc). Where there is swap, frozen families give their memory to those older than they are, the
//     youngest first.
//  6. Evict (eviction.cc). When the oldest is about to hit the wall, whoever would be started again gives its memory
//     back, most memory for least lost work first. One that was killed for memory twice runs alone.
//  7. Thaw at once, oldest first: what has memory comes before what has none.
//  8. Admit, oldest first, nothing beside a frozen family. Younger jobs may pass the oldest one that does not fit, but
//     only for some seconds: then what runs drains away until it fits.
//     When memory is short they start one after the other, so that the first shows what it takes. Of known jobs it
//     is known whether their peaks come together (timing.h).
//  9. If nothing has memory, the oldest starts, whatever it needs: alone is the best that can be had. Beside what is
//     idle it does so only after some seconds: one that sleeps may end and give its memory back, a server stays.
// 10. memory.high is a trip wire for several that grow together, and is off while only one runs.
// 11. Tokens (tokens.cc) of a jobserver are withheld while jobs are held: the build tool, which knows what most others
//     wait for, then chooses later what it starts.
// 12. Where memory is short nothing new starts while all processors are in use: it would only take memory. Where memory
//     is plentiful the build tool has decided how many jobs it starts.
#include "policy/governor.h"

#include <algorithm>
#include <utility>

#include "policy/room.h"
#include "policy/step.h"
#include "policy/timing.h"

namespace memguard::policy {

Governor::Governor(Settings settings) : settings_(std::move(settings)), alpha_(settings_.alpha_start) {}

Decision Governor::step(const Observation& seen) {
  Step step;
  look(step, seen);
  clear_for_killed(step);
  run_oldest(step);
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
  // Only what is stopped can be what a stall waits for.
  if (step.view.counts.held == 0 && !step.view.any_frozen()) stall_.restart();
  step.decision.next_sample = next_sample(step);
  return std::move(step.decision);
}

void Governor::run_oldest(Step& step) {
  const Chain* active = step.view.oldest_active();
  if (active == nullptr) return;
  Chain& oldest = step.view.chain_of(step.view.members(*active).front());
  if (oldest.frozen) thaw(step, oldest, Cause::oldest_family);
  for (Job& job : step.view.members(oldest)) {
    if (job.state == JobState::waiting && !group_full(step.view, job, true)) admit(step, job, Cause::oldest_family);
  }
  step.view.sum_up(oldest);
}

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

bool Governor::may_freeze(const Chain& chain, const Chain* oldest) {
  return chain.runs && !chain.lent && &chain != oldest;
}

bool Governor::freeze_for_growth(Step& step) {
  const Room room(step.view, 0.0);
  const Chain* oldest = step.view.oldest_active();
  bool froze = false;
  Bytes left = step.view.budget - step.view.used + releases_.in(settings_.horizon, settings_);
  Bytes left_for_good = Bytes::unlimited();
  for (std::size_t i = 0; i < step.view.chains.size(); ++i) {
    Chain& chain = step.view.chains[i];
    if (!chain.active) continue;
    const bool grows = chain.ahead > settings_.growth_ignored;
    const bool takes = chain.ahead > left || (!chain.restartable && chain.ahead > left_for_good);
    if (grows && takes && may_freeze(chain, oldest)) {
      freeze(step, chain, Cause::growth, chain.ahead);
      froze = true;
    } else {
      left -= chain.ahead;
      if (!chain.restartable) left_for_good -= chain.ahead;
    }
    left_for_good = std::min(left_for_good, room.own(i));
  }
  return froze;
}

bool Governor::freeze_for_pressure(Step& step) {
  if (!step.squeezed) return false;
  const Chain* oldest = step.view.oldest_active();
  auto& chains = step.view.chains;
  const auto newest =
      std::find_if(chains.rbegin(), chains.rend(), [&](const Chain& f) { return may_freeze(f, oldest); });
  if (newest == chains.rend()) return false;
  freeze(step, *newest, Cause::pressure, newest->ahead);
  pressure_.restart();
  return true;
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

void Governor::thaw_frozen(Step& step) {
  if (!step.view.any_frozen() || squeezed_) return;
  const Room room(step.view, alpha_);
  Bytes lent;
  for (std::size_t i = 0; i < step.view.chains.size(); ++i) {
    Chain& chain = step.view.chains[i];
    if (!chain.frozen) continue;
    const Need need = step.view.stopped(chain);
    const Bytes share = need.set_aside({alpha_});
    const bool safe = chain.restartable || lent + share <= room.left_by_older(i);
    if (!rested(step.view, chain) || reserved(step, need) > step.view.budget || !safe) return;
    if (!chain.restartable) lent += share;
    thaw(step, chain, Cause::fits);
  }
}

Bytes Governor::reserved(const Step& step, const Need& more) const {
  const int with_memory = step.active + (more.growth > Bytes{} ? 1 : 0);
  const Shares shares{alpha_, settings_.reserve_for_few, with_memory <= settings_.few_in_full};
  return step.view.used + (step.need + more).set_aside(shares);
}

// What was started in vain is started again where all of what it needs is there: evicted once more it would throw the
// same work away twice. The oldest is never evicted, and whoever is behind it waits for it.
Bytes Governor::reserved_for(const Step& step, const Chain& chain, const Need& more) const {
  const bool again = chain.restarts > 0 && !chain.active && &chain != step.view.oldest();
  return again ? step.view.used + (step.need + more).in_full() : reserved(step, more);
}

// Where not all can have what they need at once, courses tell whether they will want to; what they leave open is
// decided by what is reserved. What was started in vain is not risked again.
Cause Governor::room_for(Step& step, const Chain& chain, const Job& job) const {
  const Bytes budget = step.view.budget;
  const Cause reserving = reserved_for(step, chain, job.need()) <= budget ? Cause::fits : Cause::no_room;
  const bool all_at_once = step.view.used + (step.need + job.need()).in_full() <= budget;
  if (all_at_once || chain.restarts > 0 || step.courses_tried >= settings_.courses_tried) return reserving;
  ++step.courses_tried;
  switch (together(step.view, job, settings_)) {
    case Together::fit:
      return reserving == Cause::fits ? reserving : Cause::peaks_apart;
    case Together::clash:
      return Cause::peaks_together;
    case Together::open:
      break;
  }
  return reserving;
}

// What has just started will show what it takes.
bool Governor::too_soon(const Step& step, const Need& more) const {
  return step.view.at < next_start_ && reserved(step, more) > settings_.spaced_from * step.view.budget;
}

// What has been learnt may be from a few small ones: here the first guess counts, until many have ended.
bool Governor::processors_busy(Step& step, const Job& job) const {
  if (step.processors <= 0 || step.processors_used + settings_.processor_free <= step.processors) return false;
  if (!step.to_finish) {
    step.to_finish = Bytes{};
    for (const Chain& chain : step.view.chains) *step.to_finish += chain.active ? chain.to_finish : Bytes{};
  }
  const Bytes left = step.view.budget - step.view.used - *step.to_finish;
  if (job.worst_peak > left) return true;
  return estimator_.guess_at_worst(job.job_class, jobs_.at(job.id).predicted, settings_) > left;
}

// Of those that are to start more often than is looked several start at once. Those that started at once while there
// was room count too, but no longer than `start_gap`.
void Governor::started(const View& view) {
  const Duration gap = std::min(settings_.start_gap / std::max(view.counts.running, 1), settings_.start_gap_most);
  const Duration missed = std::max(settings_.sample - gap, Duration::zero());
  next_start_ = std::min(std::max(next_start_, view.at - missed) + gap, view.at + settings_.start_gap);
}

bool Governor::last_try(const Chain& chain) const {
  return chain.restarts >= settings_.restarts_most || chain.oom_kills >= settings_.oom_kills_most;
}

bool Governor::held_up(const Step& step, const Job& first_held) {
  if (oldest_held_ != first_held.id) {
    oldest_held_ = first_held.id;
    oldest_held_since_ = step.view.at;
  }
  return step.view.at - oldest_held_since_ >= settings_.backfill;
}

void Governor::admit_waiting(Step& step) {
  View& view = step.view;
  if (view.counts.held == 0) return oldest_held_.reset();
  const bool beside_frozen = view.any_frozen();
  if (beside_frozen || squeezed_) {
    std::ranges::fill(step.refused, beside_frozen ? Cause::beside_frozen : Cause::pressure);
    return;
  }
  const Room room(view, alpha_);
  Bytes lent;
  bool any_held = false;
  bool draining = false;
  for (std::size_t i = 0; i < view.chains.size(); ++i) {
    Chain& chain = view.chains[i];
    const bool active = chain.active;
    for (Job& job : view.members(chain)) {
      if (job.state != JobState::waiting) continue;
      Cause& refused = step.refused[static_cast<std::size_t>(&job - view.jobs.data())];
      // It waits for its like to end, not for memory: nobody queues behind it.
      if (group_full(view, job, false)) {
        refused = Cause::group_full;
        continue;
      }
      const Bytes share = job.need().set_aside({alpha_});
      const bool safe = (chain.restartable || lent + share <= room.left_by_older(i)) && lent <= room.own(i);
      if (!active && &chain != view.oldest() && processors_busy(step, job)) {
        refused = Cause::processors_busy;
        continue;
      }
      const bool soon = !active && too_soon(step, job.need());
      const bool may = !soon && safe && view.used < settings_.full_for_new * view.budget &&
                       (active || &chain == view.oldest() || !last_try(chain));
      const Cause why = may ? room_for(step, chain, job) : Cause::no_room;
      const bool fits = why == Cause::fits || why == Cause::peaks_apart;
      // A linker of a family that has memory is not held up: its end is what the oldest held job waits for.
      if (fits && (active || !draining)) {
        if (!chain.restartable) lent += share;
        admit(step, job, why);
        started(view);
        continue;
      }
      refused = soon ? Cause::just_started : fits ? Cause::waits_for_oldest : why;
      if (!any_held) draining = held_up(step, job);
      any_held = true;
    }
    view.sum_up(chain);
  }
  if (!any_held) oldest_held_.reset();
}

// Of the oldest family it waits for those that run only: what is frozen ends after it.
bool Governor::group_full(const View& view, const Job& job, bool of_oldest) {
  return job.group && view.in_group(job.group->id, !of_oldest) >= std::max(job.group->most, 1);
}

void Governor::start_something(Step& step) {
  const auto first = std::ranges::find(step.view.jobs, JobState::waiting, &Job::state);
  if (first == step.view.jobs.end() || step.view.oldest_active() != nullptr || step.view.leaving) return;
  if (any_rests(step.view)) return;
  admit(step, *first, Cause::nothing_runs);
  step.view.sum_up(step.view.chain_of(*first));
}

// What fits beside it has been admitted by now; for the rest its memory is worth waiting for.
bool Governor::any_rests(const View& view) const {
  const auto rests = [&](const Job& job) { return job.idle && jobs_.at(job.id).idle < settings_.stall_without_growth; };
  return std::ranges::any_of(view.jobs, rests);
}

void Governor::hold_rest(Step& step) {
  for (std::size_t i = 0; i < step.view.jobs.size(); ++i) {
    const Job& job = step.view.jobs[i];
    if (job.state != JobState::waiting) continue;
    JobRecord& record = jobs_[job.id];
    if (record.answered) continue;
    record.answered = true;
    step.decision.actions.emplace_back(Hold{job.id, job.peak, reason(step, step.refused[i], job.peak)});
  }
}

void Governor::set_trip_wire(Step& step) {
  const auto running = std::ranges::count_if(step.view.chains, &Chain::runs);
  const auto high = trip_wire_.step(step.view, {static_cast<int>(running), step.hit_high}, settings_);
  if (!high) return;
  auto& actions = step.decision.actions;
  const Cause cause = running <= 1           ? Cause::last_one_running
                      : high->is_unlimited() ? Cause::trip_wire_hit
                                             : Cause::several_running;
  const SetHigh action{*high, reason(step, cause, Bytes{})};
  // Raised before anything else is done: raising does not wake who is already being throttled.
  actions.insert(high->is_unlimited() ? actions.begin() : actions.end(), action);
}

Duration Governor::next_sample(const Step& step) const {
  const View& view = step.view;
  Bytes ahead;
  for (const Chain& chain : view.chains) ahead += chain.ahead;
  const Bytes soon = view.used + 2.0 * ahead;
  if (view.any_frozen() || soon > settings_.tight * view.budget) return settings_.sample_tight;
  if (view.used + view.need().in_full() < settings_.plentiful * view.budget) return settings_.sample_plentiful;
  if (soon < settings_.plentiful_for_all * view.budget) return settings_.sample_plentiful;
  return settings_.sample;
}

void Governor::freeze(Step& step, Chain& chain, Cause cause, Bytes need) {
  Freeze action{chain.family, {}, reason(step, cause, need)};
  for (const Job& job : step.view.members(chain)) {
    JobRecord& record = jobs_[job.id];
    record.growth.stop();
    if (job.state != JobState::running) continue;
    record.order = JobRecord::Order::freeze;
    record.ordered = step.view.at;
    ++record.freezes;
    action.jobs.push_back(job.id);
  }
  step.decision.actions.emplace_back(std::move(action));
  step.need -= chain.need;
  step.view.move(chain, JobState::running, JobState::frozen);
  raise_alpha(settings_.alpha_per_freeze);
}

void Governor::thaw(Step& step, Chain& chain, Cause cause) {
  const Need need = step.view.stopped(chain);
  Thaw action{chain.family, {}, reason(step, cause, need.in_full())};
  for (const Job& job : step.view.members(chain)) {
    if (job.state != JobState::frozen) continue;
    JobRecord& record = jobs_[job.id];
    record.order = JobRecord::Order::thaw;
    record.ordered = step.view.at;
    action.jobs.push_back(job.id);
  }
  step.decision.actions.emplace_back(std::move(action));
  step.view.move(chain, JobState::frozen, JobState::running);
  step.need += need;
  stall_.restart();
}

void Governor::admit(Step& step, Job& job, Cause cause) {
  JobRecord& record = jobs_[job.id];
  record.admitted = step.view.at;
  // What it grows by until the next sample is growth already.
  record.growth.note(step.view.at, job.memory, settings_);
  record.answered = true;
  if (!step.view.chain_of(job).active) ++step.active;
  step.decision.actions.emplace_back(Admit{job.id, job.peak, reason(step, cause, job.peak)});
  step.view.set(job, JobState::running);
  step.need += job.need();
  step.processors_used += 1;
  if (step.to_finish) *step.to_finish += job.to_finish();
  stall_.restart();
}

Reason Governor::reason(const Step& step, Cause cause, Bytes need) const {
  const View& view = step.view;
  return {.cause = cause,
          .limit = view.limit,
          .used = view.used,
          .reserved = reserved(step),
          .need = need,
          .running = view.counts.running,
          .frozen = view.counts.frozen,
          .held = view.counts.held};
}

void Governor::learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak, bool completed) {
  if (!completed) return estimator_.learn_at_least(job_class, peak, settings_);
  estimator_.learn(job_class, predicted, peak);
  alpha_ = std::max(alpha_ - settings_.alpha_per_end, std::min(alpha_, settings_.alpha_least));
}

void Governor::raise_alpha(double by) { alpha_ = std::min(alpha_ + by, std::max(alpha_, settings_.alpha_most)); }

}  // namespace memguard::policy
