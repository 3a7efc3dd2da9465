// Rules 8, 9, 12 and 13: who of those that wait may start, and what the others wait for.
#include "policy/admission.h"

#include <algorithm>

#include "policy/room.h"
#include "policy/timing.h"

namespace memguard::policy {
namespace {

// Those that wait, in their order.
struct Queue {
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

bool starts(Cause why) { return why == Cause::fits || why == Cause::peaks_apart; }

// Who waits for these does not wait for memory: nobody queues behind it.
bool queues(Cause why) { return why != Cause::asked && why != Cause::group_full && why != Cause::processors_busy; }

// Everybody that has memory can end when this one has its share too (policy/room.h).
bool is_safe(const Step& step, const Queue& queue, const Chain& chain, const Job& job) {
  if (queue.lent > queue.room.own(queue.chain)) return false;
  const Bytes share = job.need().set_aside({step.state.alpha});
  return chain.restartable || queue.lent + share <= queue.room.left_by_older(queue.chain);
}

// What was started in vain is started again where all of what it needs is there: evicted once more it would throw the
// same work away twice. The oldest is never evicted, and whoever is behind it waits for it.
Bytes reserved_for(const Step& step, const Chain& chain, const Need& more) {
  const bool again = chain.restarts > 0 && !chain.active && &chain != step.view.oldest();
  return again ? step.view.used + (step.need + more).in_full() : step.reserved(more);
}

// Where not all can have what they need at once, courses tell whether they will want to; what they leave open is
// decided by what is reserved. What was started in vain is not risked again.
Cause room_for(Step& step, const Chain& chain, const Job& job) {
  const Bytes budget = step.view.budget;
  const Cause reserving = reserved_for(step, chain, job.need()) <= budget ? Cause::fits : Cause::no_room;
  const bool all_at_once = step.view.used + (step.need + job.need()).in_full() <= budget;
  if (all_at_once || chain.restarts > 0 || step.courses_tried >= step.settings.courses_tried()) return reserving;
  ++step.courses_tried;
  switch (together(step.view, job, step.settings)) {
    case Together::fit:
      return reserving == Cause::fits ? reserving : Cause::peaks_apart;
    case Together::clash:
      return Cause::peaks_together;
    case Together::open:
      break;
  }
  return reserving;
}

bool reserves_more_than(double share, const Step& step, const Need& more) {
  return step.reserved(more) > share * step.view.budget;
}

// What has just started will show what it takes.
bool too_soon(const Step& step, const Need& more) {
  return step.view.at < step.state.next_start && reserves_more_than(step.settings.spaced_from, step, more);
}

// Where memory counts, or where not all can have what they may need at worst. The class may have been learnt from a
// few small jobs. So the first guess counts here too, until many jobs have ended.
// What a build script needs waits for its like only: all crates above the script wait, and would leave processors idle
// later.
bool processors_busy(Step& step, const Job& job) {
  if (!step.processors_in_use(job.of_build_script)) return false;
  if (reserves_more_than(step.settings.processors_from, step, job.need())) return true;
  const Bytes left = step.left_at_worst();
  if (job.worst_peak > left) return true;
  return step.state.estimator.guess_at_worst(job.job_class, step.record(job).predicted, step.settings) > left;
}

Cause judge(Step& step, const Queue& queue, const Job& job) {
  const View& view = step.view;
  const Chain& chain = view.chains[queue.chain];
  const bool first = &chain == view.oldest();
  // What the user has stopped stops nobody else, but those that it waits for would end without it.
  if (job.wish == Wish::stop || (queue.any_kept && view.below_frozen(job))) return Cause::asked;
  if (group_full(view, job, false)) return Cause::group_full;
  if (!queue.active && !first && processors_busy(step, job)) return Cause::processors_busy;
  if (!queue.active && too_soon(step, job.need())) return Cause::just_started;
  const bool may =
      view.used < view.budget && is_safe(step, queue, chain, job) && (queue.active || first || !step.last_try(chain));
  const Cause why = may ? room_for(step, chain, job) : Cause::no_room;
  // A linker of a family that has memory is not held up: its end is what the oldest held job waits for.
  return starts(why) && queue.draining && !queue.active ? Cause::waits_for_oldest : why;
}

// Of those that are to start more often than is looked several start at once. Those that started at once while there
// was room count too, but no longer than `start_gap`.
void started(const Step& step, const Job& job) {
  Duration gap =
      std::min(step.settings.start_gap / std::max(step.view.counts.running, 1), step.settings.start_gap_most());
  if (job.course != nullptr)
    gap = std::min(gap, std::chrono::duration_cast<Duration>(step.settings.start_gap_of_course * job.course->wall));
  const Duration missed = std::max(step.settings.sample - gap, Duration::zero());
  step.state.next_start =
      std::min(std::max(step.state.next_start, step.view.at - missed) + gap, step.view.at + step.settings.start_gap);
}

bool held_up(const Step& step, const Job& first_held) {
  if (step.state.oldest_held != first_held.id) {
    step.state.oldest_held = first_held.id;
    step.state.oldest_held_since = step.view.at;
  }
  return step.view.at - step.state.oldest_held_since >= step.settings.backfill;
}

void admit_or_refuse(Step& step, Queue& queue, Job& job) {
  const Cause why = judge(step, queue, job);
  if (starts(why)) {
    if (!step.view.chains[queue.chain].restartable) queue.lent += job.need().set_aside({step.state.alpha});
    step.admit(job, why);
    started(step, job);
    return;
  }
  step.refused[static_cast<std::size_t>(&job - step.view.jobs.data())] = why;
  if (!queues(why)) return;
  if (!queue.any_held) queue.draining = held_up(step, job);
  queue.any_held = true;
}

// Jobs that fit beside an idle job have been admitted before. The others wait a while: the idle job may end.
bool any_rests(const Step& step) {
  const auto rests = [&](const Job& job) {
    return job.idle && step.record(job).idle < step.settings.stall_without_growth();
  };
  return std::ranges::any_of(step.view.jobs, rests);
}

}  // namespace

// Of the oldest family it waits for those that run only: what is frozen ends after it.
bool group_full(const View& view, const Job& job, bool of_oldest) {
  return job.group && view.in_group(job.group->id, !of_oldest) >= std::max(job.group->most, 1);
}

void admit_waiting(Step& step) {
  View& view = step.view;
  if (view.counts.held == 0) return step.state.oldest_held.reset();
  step.judged = true;
  const bool beside_frozen = view.any_frozen_by_rule();
  if (beside_frozen || step.state.squeezed) {
    std::ranges::fill(step.refused, beside_frozen ? Cause::beside_frozen : Cause::pressure);
    return;
  }
  Queue queue{.room = Room(view, step.state.alpha), .any_kept = view.any_frozen()};
  for (queue.chain = 0; queue.chain < view.chains.size(); ++queue.chain) {
    Chain& chain = view.chains[queue.chain];
    queue.active = chain.active;
    for (Job& job : view.members(chain)) {
      if (job.state == JobState::waiting) admit_or_refuse(step, queue, job);
    }
    view.sum_up(chain);
  }
  if (!queue.any_held) step.state.oldest_held.reset();
}

void start_something(Step& step) {
  auto& jobs = step.view.jobs;
  const auto waits = [](const Job& job) { return job.state == JobState::waiting && job.wish != Wish::stop; };
  auto first = std::ranges::find_if(jobs, waits);
  // What the user keeps waiting is better than nothing.
  if (first == jobs.end()) first = std::ranges::find(jobs, JobState::waiting, &Job::state);
  if (first == jobs.end() || step.view.oldest_active() != nullptr || step.view.leaving) return;
  if (any_rests(step)) return;
  step.admit(*first, Cause::nothing_runs);
  step.view.sum_up(step.view.chain_of(*first));
}

void hold_rest(Step& step) {
  for (std::size_t i = 0; i < step.view.jobs.size(); ++i) {
    const Job& job = step.view.jobs[i];
    if (job.state != JobState::waiting) continue;
    const bool is_told = step.judged || step.alone;
    JobRecord& record = step.record(job);
    if (record.answered && !is_told) continue;
    const Hold hold{job.id, job.peak, step.reason(step.refused[i], job.peak)};
    if (is_told) step.decision.waits.push_back(hold);
    if (!record.answered) step.decision.actions.emplace_back(hold);
    record.answered = true;
  }
}

}  // namespace memguard::policy
