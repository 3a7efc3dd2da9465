#include "simulate/progress.h"

#include <algorithm>

#include "simulate/amounts.h"
#include "simulate/curve.h"

namespace memguard::simulate {

void Progress::go_on(Instant next) {
  const Pace now = pace();
  const Duration time = until_event(now, next);
  for (Live* job : now.busy) advance(*job, now, seconds(time));
  const bool idle = now.busy.empty() && state_.now >= swap_.room_at();
  state_.event = swap_.advance(state_.live, state_.now, seconds(time), idle) || state_.event;
  note(now, time);
  state_.now += time;
}

bool Progress::waits_for_others(const Task& task, double progress) const {
  if (!task.waits_at || progress < *task.waits_at) return false;
  return std::ranges::any_of(task.waits_for, [&](std::size_t other) { return !state_.over(other); });
}

bool Progress::can_work(const Live& job) {
  const Task& task = state_.task_of(job);
  if (job.state != JobState::running || job.children > 0 || job.progress >= 1) return false;
  if (waits_for_others(task, job.progress)) return false;
  if (!wants_lock(task, job)) return true;
  if (!state_.lock) state_.lock = job.id;
  return state_.lock == job.id;
}

Pace Progress::pace() {
  Pace pace;
  for (Live& job : state_.live) {
    job.works = can_work(job);
    if (!job.works || job.swapped > 0 || state_.now < swap_.room_at()) continue;
    pace.busy.push_back(&job);
    pace.demand += processors_of(state_.task_of(job));
  }
  pace.share = std::min(1.0, state_.machine.cores / std::max(pace.demand, 1.0));
  return pace;
}

double Progress::stop_of(const Live& job) const {
  const Task& task = state_.task_of(job);
  double stop = std::min(1.0, segment_at(task, job.progress).until);
  const auto not_beyond = [&](double point) {
    if (point > job.progress) stop = std::min(stop, point);
  };
  for (const std::size_t child : state_.children[job.task]) {
    if (state_.fate[child] == Fate::not_started) not_beyond(state_.tasks[child].parent_progress);
  }
  if (task.waits_at) not_beyond(*task.waits_at);
  if (task.lock) {
    not_beyond(task.lock->first);
    not_beyond(task.lock->second);
  }
  return stop;
}

// What comes whatever the jobs do.
Instant Progress::next_of_the_world(Instant next) const {
  next = std::min(next, Instant{} + state_.machine.patience);
  for (const LimitChange& later : state_.machine.later_limits) {
    if (later.at > state_.now) next = std::min(next, later.at);
  }
  for (std::size_t i = oldest_; i < state_.families.size(); ++i)
    next = std::min(next, state_.families[i].back_at.value_or(next));
  return swap_.room_at() > state_.now ? std::min(next, swap_.room_at()) : next;
}

Duration Progress::until_event(const Pace& pace, Instant next) const {
  const Instant now = state_.now;
  next = next_of_the_world(next);
  if (const auto swapped = swap_.until_event(state_.live, now)) next = std::min(next, now + rounded_up(*swapped));
  double slope = swap_.growth(state_.live, now);
  for (const Live* job : pace.busy) {
    const Task& task = state_.task_of(*job);
    const double per_second = speed(task, pace);
    next = std::min(next, now + rounded_up((stop_of(*job) - job->progress) / per_second));
    slope += per_second * job->factor * segment_at(task, job->progress).slope;
  }
  // One nanosecond more, so that the limit is passed and not met.
  const double room = state_.limit().real() - state_.used();
  if (slope > 0 && room >= 0) next = std::min(next, now + rounded_up(room / slope) + Duration{1});
  const bool to_kill = room < 0 && std::ranges::any_of(state_.live, [](const Live& l) { return l.memory > 0; });
  return to_kill ? Duration{} : std::max(next - now, Duration{});
}

void Progress::advance(Live& job, const Pace& pace, double time) {
  const Task& task = state_.task_of(job);
  const double cpu = processors_of(task) * pace.share * time;
  job.cpu += cpu;
  state_.family_of(job.family).cpu += cpu;
  job.progress = std::min(stop_of(job), job.progress + speed(task, pace) * time);
  state_.set_memory(job);
  if (state_.lock == job.id && !wants_lock(task, job)) state_.lock.reset();
}

void Progress::note(const Pace& pace, Duration time) {
  Outcome& out = state_.out;
  const double busy = std::min<double>(state_.machine.cores, pace.demand);
  const bool stands = pace.busy.empty() && state_.now >= swap_.room_at() && !swap_.busy();
  standstill_ = stands ? standstill_ + time : Duration{};
  out.longest_standstill = std::max(out.longest_standstill, standstill_);
  out.idle += rounded((state_.machine.cores - busy) * seconds(time));
  out.cpu += rounded(busy * seconds(time));
  out.most_used = std::max(out.most_used, std::min(Bytes::of(state_.used()), state_.limit()));
  note_oldest(time);
}

void Progress::note_oldest(Duration time) {
  while (oldest_ < state_.families.size() && state_.families[oldest_].over) {
    ++oldest_;
    oldest_held_ = {};
  }
  const auto runs = [&](const Live& job) {
    return static_cast<std::size_t>(job.family) == oldest_ && job.state != JobState::waiting;
  };
  oldest_held_ = std::ranges::any_of(state_.live, runs) ? Duration{} : oldest_held_ + time;
  state_.out.oldest_held = std::max(state_.out.oldest_held, oldest_held_);
}

}  // namespace memguard::simulate
