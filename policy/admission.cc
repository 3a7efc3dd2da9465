// Rules 8, 9, 12 and 13: who of those that wait may start, and what the others wait for.
#include <algorithm>

#include "policy/room.h"
#include "policy/step.h"
#include "policy/timing.h"

namespace memguard::policy {

// Those that wait, in their order.
struct Governor::Queue {
  Room room;
  /// Somebody is frozen because the user asked for it.
  bool any_kept = false;
  /// Of the chain whose jobs are judged: its number, and whether it had memory when that began.
  std::size_t chain = 0;
  bool active = false;
  /// Lent in this step to those that nobody starts again.
  Bytes lent{};
  /// Somebody waits for memory, and has waited so long that nobody younger starts.
  bool any_held = false;
  bool draining = false;
};

namespace {

bool starts(Cause why) { return why == Cause::fits || why == Cause::peaks_apart; }

// Who waits for these does not wait for memory: nobody queues behind it.
bool queues(Cause why) { return why != Cause::asked && why != Cause::group_full && why != Cause::processors_busy; }

}  // namespace

void Governor::admit_waiting(Step& step) {
  View& view = step.view;
  if (view.counts.held == 0) return oldest_held_.reset();
  step.judged = true;
  const bool beside_frozen = view.any_frozen_by_rule();
  if (beside_frozen || squeezed_) {
    std::ranges::fill(step.refused, beside_frozen ? Cause::beside_frozen : Cause::pressure);
    return;
  }
  Queue queue{.room = Room(view, alpha_), .any_kept = view.any_frozen()};
  for (queue.chain = 0; queue.chain < view.chains.size(); ++queue.chain) {
    Chain& chain = view.chains[queue.chain];
    queue.active = chain.active;
    for (Job& job : view.members(chain)) {
      if (job.state == JobState::waiting) admit_or_refuse(step, queue, job);
    }
    view.sum_up(chain);
  }
  if (!queue.any_held) oldest_held_.reset();
}

void Governor::admit_or_refuse(Step& step, Queue& queue, Job& job) {
  const Cause why = judge(step, queue, job);
  if (starts(why)) {
    if (!step.view.chains[queue.chain].restartable) queue.lent += job.need().set_aside({alpha_});
    admit(step, job, why);
    started(step.view);
    return;
  }
  step.refused[static_cast<std::size_t>(&job - step.view.jobs.data())] = why;
  if (!queues(why)) return;
  if (!queue.any_held) queue.draining = held_up(step, job);
  queue.any_held = true;
}

Cause Governor::judge(Step& step, const Queue& queue, const Job& job) {
  const View& view = step.view;
  const Chain& chain = view.chains[queue.chain];
  const bool first = &chain == view.oldest();
  // What the user has stopped stops nobody else, but those that it waits for would end without it.
  if (job.wish == Wish::stop || (queue.any_kept && view.below_frozen(job))) return Cause::asked;
  if (group_full(view, job, false)) return Cause::group_full;
  if (!queue.active && !first && processors_busy(step, job)) return Cause::processors_busy;
  if (!queue.active && too_soon(step, job.need())) return Cause::just_started;
  const bool may = is_safe(queue, chain, job) && view.used < settings_.full_for_new * view.budget &&
                   (queue.active || first || !last_try(chain));
  const Cause why = may ? room_for(step, chain, job) : Cause::no_room;
  // A linker of a family that has memory is not held up: its end is what the oldest held job waits for.
  return starts(why) && queue.draining && !queue.active ? Cause::waits_for_oldest : why;
}

// Everybody that has memory can end when this one has its share too (policy/room.h).
bool Governor::is_safe(const Queue& queue, const Chain& chain, const Job& job) const {
  if (queue.lent > queue.room.own(queue.chain)) return false;
  const Bytes share = job.need().set_aside({alpha_});
  return chain.restartable || queue.lent + share <= queue.room.left_by_older(queue.chain);
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

// What was started in vain is started again where all of what it needs is there: evicted once more it would throw the
// same work away twice. The oldest is never evicted, and whoever is behind it waits for it.
Bytes Governor::reserved_for(const Step& step, const Chain& chain, const Need& more) const {
  const bool again = chain.restarts > 0 && !chain.active && &chain != step.view.oldest();
  return again ? step.view.used + (step.need + more).in_full() : reserved(step, more);
}

// What has just started will show what it takes.
bool Governor::too_soon(const Step& step, const Need& more) const {
  return step.view.at < next_start_ && reserved(step, more) > settings_.spaced_from * step.view.budget;
}

// The class may have been learnt from a few small jobs. So the first guess counts here too, until many jobs have ended.
bool Governor::processors_busy(Step& step, const Job& job) const {
  if (!processors_in_use(step)) return false;
  const Bytes left = left_at_worst(step);
  if (job.worst_peak > left) return true;
  return estimator_.guess_at_worst(job.job_class, jobs_.at(job.id).predicted, settings_) > left;
}

bool Governor::processors_in_use(const Step& step) const {
  if (step.processors <= 0 || step.processors_used + settings_.processor_free <= step.processors) return false;
  return step.view.at - changed_ < settings_.processors_patience;
}

Bytes Governor::left_at_worst(Step& step) {
  if (!step.to_finish) {
    step.to_finish = Bytes{};
    for (const Chain& chain : step.view.chains) *step.to_finish += chain.active ? chain.to_finish : Bytes{};
  }
  return step.view.budget - step.view.used - *step.to_finish;
}

// Of those that are to start more often than is looked several start at once. Those that started at once while there
// was room count too, but no longer than `start_gap`.
void Governor::started(const View& view) {
  const Duration gap = std::min(settings_.start_gap / std::max(view.counts.running, 1), settings_.start_gap_most);
  const Duration missed = std::max(settings_.sample - gap, Duration::zero());
  next_start_ = std::min(std::max(next_start_, view.at - missed) + gap, view.at + settings_.start_gap);
}

bool Governor::held_up(const Step& step, const Job& first_held) {
  if (oldest_held_ != first_held.id) {
    oldest_held_ = first_held.id;
    oldest_held_since_ = step.view.at;
  }
  return step.view.at - oldest_held_since_ >= settings_.backfill;
}

// Of the oldest family it waits for those that run only: what is frozen ends after it.
bool Governor::group_full(const View& view, const Job& job, bool of_oldest) {
  return job.group && view.in_group(job.group->id, !of_oldest) >= std::max(job.group->most, 1);
}

void Governor::start_something(Step& step) {
  auto& jobs = step.view.jobs;
  const auto waits = [](const Job& job) { return job.state == JobState::waiting && job.wish != Wish::stop; };
  auto first = std::ranges::find_if(jobs, waits);
  // What the user keeps waiting is better than nothing.
  if (first == jobs.end()) first = std::ranges::find(jobs, JobState::waiting, &Job::state);
  if (first == jobs.end() || step.view.oldest_active() != nullptr || step.view.leaving) return;
  if (any_rests(step.view)) return;
  admit(step, *first, Cause::nothing_runs);
  step.view.sum_up(step.view.chain_of(*first));
}

// Jobs that fit beside an idle job have been admitted before. The others wait a while: the idle job may end.
bool Governor::any_rests(const View& view) const {
  const auto rests = [&](const Job& job) { return job.idle && jobs_.at(job.id).idle < settings_.stall_without_growth; };
  return std::ranges::any_of(view.jobs, rests);
}

void Governor::hold_rest(Step& step) {
  for (std::size_t i = 0; i < step.view.jobs.size(); ++i) {
    const Job& job = step.view.jobs[i];
    if (job.state != JobState::waiting) continue;
    if (step.judged || step.alone) step.decision.waits.push_back({job.id, step.refused[i]});
    JobRecord& record = jobs_[job.id];
    if (record.answered) continue;
    record.answered = true;
    step.decision.actions.emplace_back(Hold{job.id, job.peak, reason(step, step.refused[i], job.peak)});
  }
}

}  // namespace memguard::policy
