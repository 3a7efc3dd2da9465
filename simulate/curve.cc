#include "simulate/curve.h"

#include <algorithm>
#include <cmath>

#include "simulate/amounts.h"

namespace memguard::simulate {
namespace {

double mean_memory(const Task& task) {
  double sum = 0;
  for (double progress = 0; progress < 1;) {
    const Segment segment = segment_at(task, progress);
    const double until = std::min(segment.until, 1.0);
    sum += (until - progress) * (segment.memory + 0.5 * segment.slope * (until - progress));
    progress = until;
  }
  return sum;
}

/// What each task takes alone with all processors to itself, with what it starts and waits for, and what memory over
/// that time.
struct Alone {
  std::vector<double> time;
  std::vector<double> memory_time;
};

// A child may stand anywhere in the list, so parents are summed up when all their children are.
void add_alone(Alone& sums, const std::vector<Task>& tasks, const std::vector<std::vector<std::size_t>>& children,
               std::size_t task) {
  double longest = 0;
  sums.time[task] = alone_seconds(tasks[task]);
  sums.memory_time[task] = sums.time[task] * mean_memory(tasks[task]);
  for (const std::size_t child : children[task]) {
    add_alone(sums, tasks, children, child);
    longest = std::max(longest, sums.time[child]);
    sums.memory_time[task] += sums.memory_time[child];
  }
  // Meanwhile the parent keeps what it had when it started the child that takes longest; at least the least of these.
  double kept = children[task].empty() ? 0 : peak_of(tasks[task]).real();
  for (const std::size_t child : children[task]) {
    kept = std::min(kept, segment_at(tasks[task], tasks[child].parent_progress).memory);
  }
  sums.memory_time[task] += kept * longest;
  sums.time[task] += longest;
}

Alone alone(const std::vector<Task>& tasks) {
  Alone sums{std::vector<double>(tasks.size()), std::vector<double>(tasks.size())};
  const auto children = children_of(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!tasks[i].parent) add_alone(sums, tasks, children, i);
  }
  return sums;
}

/// The longest chain of tasks that wait for each other; without end for tasks in a circle, which are left out.
double longest_chain(const std::vector<Task>& tasks, const std::vector<double>& time) {
  const auto dependents = dependents_of(tasks);
  std::vector<std::size_t> blockers(tasks.size());
  std::vector<double> begin(tasks.size());
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    blockers[i] = tasks[i].after.size();
    if (blockers[i] == 0) ready.push_back(i);
  }
  double longest = 0;
  for (std::size_t next = 0; next < ready.size(); ++next) {
    const std::size_t task = ready[next];
    const double end = begin[task] + time[task];
    longest = std::max(longest, end);
    for (const std::size_t dependent : dependents[task]) {
      begin[dependent] = std::max(begin[dependent], end);
      if (--blockers[dependent] == 0) ready.push_back(dependent);
    }
  }
  return longest;
}

// At both ends and at the points between.
double most_between(const Task& task, double from, double to) {
  double most = std::max(segment_at(task, from).memory, segment_at(task, to).memory);
  for (const Point& point : task.curve) {
    if (point.progress >= from && point.progress <= to) most = std::max(most, point.memory.real());
  }
  return most;
}

}  // namespace

Segment segment_at(const Task& task, double progress) {
  const auto next = std::ranges::upper_bound(task.curve, progress, {}, &Point::progress);
  if (next == task.curve.end()) return {1, task.curve.back().memory.real(), 0};
  if (next == task.curve.begin()) return {next->progress, next->memory.real(), 0};
  const Point& last = *(next - 1);
  const double slope = (next->memory - last.memory).real() / (next->progress - last.progress);
  return {next->progress, last.memory.real() + slope * (progress - last.progress), slope};
}

double alone_seconds(const Task& task) { return std::max(seconds(task.alone), 1e-6); }

double processors_of(const Task& task) { return task.sleeps ? 0 : task.processors; }

std::optional<Course> course_of(const Task& task) {
  if (processors_of(task) <= 0) return std::nullopt;
  Course course;
  const double peak = std::max(peak_of(task).real(), 1.0);
  const auto parts = static_cast<double>(course.shape.size());
  for (std::size_t i = 0; i < course.shape.size(); ++i) {
    const double at = static_cast<double>(i);
    const double share = most_between(task, at / parts, (at + 1) / parts) / peak;
    course.shape.at(i) = static_cast<std::uint8_t>(std::ceil(255 * std::clamp(share, 0.0, 1.0)));
  }
  course.wall = task.alone;
  course.cpu = time(task.processors * seconds(task.alone));
  return course;
}

void stretch(Course& course, double factor) {
  course.cpu = time(factor * seconds(course.cpu));
  course.wall = time(factor * seconds(course.wall));
}

std::vector<std::vector<std::size_t>> children_of(const std::vector<Task>& tasks) {
  std::vector<std::vector<std::size_t>> children(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].parent) children[*tasks[i].parent].push_back(i);
  }
  return children;
}

std::vector<std::vector<std::size_t>> dependents_of(const std::vector<Task>& tasks) {
  std::vector<std::vector<std::size_t>> dependents(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const std::size_t before : tasks[i].after) dependents[before].push_back(i);
  }
  return dependents;
}

Bytes peak_of(const Task& task) { return std::ranges::max(task.curve, {}, &Point::memory).memory; }

Bytes largest_family(const std::vector<Task>& tasks) {
  Bytes largest;
  for (const Task& task : tasks) {
    Bytes sum = task.restart_factor * peak_of(task);
    for (auto parent = task.parent; parent; parent = tasks[*parent].parent) {
      sum += tasks[*parent].restart_factor * peak_of(tasks[*parent]);
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

Duration physical_bound(const std::vector<Task>& tasks, const Machine& machine) {
  const Alone sums = alone(tasks);
  double cpu = 0;
  double memory_time = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    cpu += processors_of(tasks[i]) * alone_seconds(tasks[i]);
    if (!tasks[i].parent) memory_time += sums.memory_time[i];
  }
  Bytes limit = machine.limit;
  for (const LimitChange& later : machine.later_limits) limit = std::max(limit, later.limit);
  const double room = std::max((limit - machine.overhead).real(), 1.0);
  const double bound = std::max({longest_chain(tasks, sums.time), cpu / machine.cores, memory_time / room});
  return time(bound);
}

}  // namespace memguard::simulate
