// What tasks need by themselves: their memory curves and what follows from them.
#pragma once

#include "simulate/task.h"

namespace memguard::simulate {

/// The curve from some progress on: where it is linear until, what it is there, and how it goes on.
struct Segment {
  double until = 1;
  double memory = 0;
  /// Bytes per 1 of progress.
  double slope = 0;
};

/// The segment that begins at this progress or in which it lies. After the last point it stays as it is.
[[nodiscard]] Segment segment_at(const Task& task, double progress);
/// The time it takes alone, in seconds, never zero.
[[nodiscard]] double alone_seconds(const Task& task);
/// What it uses while it runs; none when it sleeps.
[[nodiscard]] double processors_of(const Task& task);
/// How it goes when it runs alone. Nothing for one that uses no processor time.
[[nodiscard]] std::optional<Course> course_of(const Task& task);
/// As if it had run so many times as long.
void stretch(Course& course, double factor);
/// For each task those that it starts.
[[nodiscard]] std::vector<std::vector<std::size_t>> children_of(const std::vector<Task>& tasks);
/// For each task those that wait for its end.
[[nodiscard]] std::vector<std::vector<std::size_t>> dependents_of(const std::vector<Task>& tasks);

/// The most that a task has at any point of its curve.
[[nodiscard]] Bytes peak_of(const Task& task);
/// The most that each family can use alone, at its largest: a child's peak comes on top of all that its parents hold
/// when it starts. Restarts count with their factor.
[[nodiscard]] Bytes largest_family(const std::vector<Task>& tasks);
/// No schedule is shorter than this: the longest chain of tasks, all CPU time over all processors, or all memory over
/// time divided by the limit, whichever is most. Nothing says that a schedule as short as this exists.
[[nodiscard]] Duration physical_bound(const std::vector<Task>& tasks, const Machine& machine);

}  // namespace memguard::simulate
