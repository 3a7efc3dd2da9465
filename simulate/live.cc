#include "simulate/live.h"

#include <cmath>

namespace memguard::simulate {
namespace {

std::optional<Bytes> at(const std::map<ClassId, Bytes>& most, ClassId job_class) {
  const auto found = most.find(job_class);
  return found == most.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

Duration rounded(double s) { return Duration{std::llround(s * 1e9)}; }

policy::JobSeen look_at(const Live& job, const Family& family, const Task& task, bool restartable) {
  policy::JobSeen seen;
  seen.id = job.id;
  seen.family = job.family;
  seen.job_class = task.job_class;
  seen.above = job.above;
  seen.by_size = task.by_size;
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

}  // namespace memguard::simulate
