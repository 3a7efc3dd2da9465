#include "simulate/state.h"

#include <algorithm>

#include "simulate/curve.h"

namespace memguard::simulate {

State::State(const std::vector<Task>& of, const Machine& on, bool by_policy)
    : tasks(of), machine(on), governed(by_policy), children(children_of(of)), fate(of.size(), Fate::not_started) {}

Bytes State::limit() const {
  Bytes limit = machine.limit;
  for (const LimitChange& later : machine.later_limits) {
    if (later.at <= now) limit = later.limit;
  }
  return limit;
}

double State::used() const {
  double sum = machine.overhead.real();
  for (const Live& job : live) sum += job.memory;
  return sum;
}

bool State::can_restart(FamilyId family) { return machine.restarts && tasks[family_of(family).root].restartable; }

void State::let_run(Live& job) const {
  job.state = JobState::running;
  job.held = false;
  set_memory(job);
}

void State::set_memory(Live& job) const {
  const double all = job.factor * segment_at(task_of(job), job.progress).memory;
  job.memory = all;
  job.peak = std::max(job.peak, all);
}

Live State::remove(std::size_t index, bool completed) {
  const Live job = live[index];
  live.erase(live.begin() + static_cast<std::ptrdiff_t>(index));
  if (lock == job.id) lock.reset();
  ended.push_back({job.id, Bytes::of(job.peak), completed});
  event = true;
  return job;
}

}  // namespace memguard::simulate
