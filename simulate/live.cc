#include "simulate/live.h"

#include "simulate/amounts.h"
#include "simulate/curve.h"

namespace memguard::simulate {
namespace {

std::optional<Bytes> at(const std::map<ClassId, Bytes>& most, ClassId job_class) {
  const auto found = most.find(job_class);
  return found == most.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

policy::JobSeen look_at(const Live& job, const Family& family, const Task& task, bool restartable) {
  policy::JobSeen seen;
  seen.id = job.id;
  seen.family = job.family;
  seen.job_class = task.job_class;
  seen.above = job.above;
  seen.by_size = task.by_size;
  seen.of_build_script = task.of_build_script;
  seen.state = job.state;
  seen.memory = Bytes::of(job.memory);
  seen.swapped = Bytes::of(job.swapped);
  seen.peak = Bytes::of(job.peak);
  seen.cpu = rounded(job.cpu);
  if (task.predicted) seen.predicted = policy::Prediction{*task.predicted, task.predicted_by};
  seen.course = task.course;
  seen.will_start = task.will_start;
  seen.restartable = restartable;
  seen.evictions = family.evictions;
  seen.oom_kills = family.oom_kills;
  seen.evicted_at = at(family.evicted_at, task.job_class);
  seen.killed_at = at(family.killed_at, task.job_class);
  return seen;
}

double speed(const Task& task, const Pace& pace) { return (task.sleeps ? 1.0 : pace.share) / alone_seconds(task); }

bool wants_lock(const Task& task, const Live& job) {
  return task.lock && job.progress >= task.lock->first && job.progress < task.lock->second;
}

bool has_memory_beside(const std::vector<Task>& tasks, const Live& other, const Live& job) {
  if (other.state == JobState::waiting || other.id == job.id) return false;
  for (auto above = tasks[job.task].parent; above; above = tasks[*above].parent) {
    if (other.family == job.family && other.task == *above) return false;
  }
  return true;
}

}  // namespace memguard::simulate
