// A build in simulated time: jobs with memory curves, a build tool with tokens, processors that are shared, a kernel
// that kills at the limit, and shims that start again what was killed. It drives a policy::Governor, or runs at a fixed
// -j without one.
//
// Time goes from event to event (a point of a curve, a sample, the moment the limit is reached), so nothing is rounded
// to a step, and a build of a thousand jobs takes milliseconds.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "policy/governor.h"

namespace memguard::simulate {

// The words of the policy, which are the words of its world.
using policy::ClassId;
using policy::FamilyId;
using policy::JobId;
using policy::JobState;

/// Memory at one point of a job's progress (0 to 1 of its time); in between it is linear. Two points at the same
/// progress are a jump.
struct Point {
  double progress = 0;
  Bytes memory;
};

/// One job of a workload, as it would run alone.
struct Task {
  ClassId job_class{};
  /// How long it runs when nobody else does; for one that sleeps the time it sleeps.
  Duration alone{};
  /// Threads: it uses so many processors while it runs.
  double processors = 1;
  /// In order of progress, at least one point.
  std::vector<Point> curve;
  /// Tasks (by position) that must have ended before it starts. Only for tasks that the build tool starts.
  std::vector<std::size_t> after;
  /// Of the tasks that may start the build tool takes the largest first, then the first.
  int priority = 0;
  /// The task that starts this one and waits for it, at that progress: a rustc and its linker.
  std::optional<std::size_t> parent;
  double parent_progress = 1;
  /// Runs without CPU: it waits for something outside.
  bool sleeps = false;
  /// A job for its size alone (policy::JobSeen::by_size).
  bool by_size = false;
  /// From that progress on it waits until these tasks have ended: a client of a build server.
  std::optional<double> waits_at;
  std::vector<std::size_t> waits_for;
  /// Holds the world's one lock between these.
  std::optional<std::pair<double, double>> lock;
  std::optional<Bytes> predicted;
  policy::PredictedBy predicted_by = policy::PredictedBy::model;
  /// How it went when it ran before, as policy is told.
  std::optional<Course> course;
  std::optional<ClassId> will_start;
  /// Where Machine::restarts: a shim starts it again, with all that it has started. Only looked at in a task without
  /// parent, because the others are its children's children.
  bool restartable = true;
  /// When it was killed and started again it needs so many times the memory.
  double restart_factor = 1;
};

/// From `at` on this is the limit.
struct LimitChange {
  Instant at{};
  Bytes limit;
};

/// The machine and the build tool.
struct Machine {
  Bytes limit;
  int cores = 4;
  /// -j: how many tasks without parent the build tool runs at once.
  int tokens = 4;
  /// The tool takes its tokens from memguard, as cargo does when nobody gives it a -j. Only looked at under a governor.
  bool jobserver = false;
  /// Used by what is no job.
  Bytes overhead{};
  /// Swap, and how fast it takes memory or gives it back.
  Bytes swap{};
  Bytes swap_per_second{std::int64_t{500} << 20U};
  /// A freeze, a thaw or an eviction takes effect between half of this and all of it after it was decided.
  Duration reaction{};
  /// In order of time.
  std::vector<LimitChange> later_limits{};
  /// Killed jobs are started again (see Task::restartable). Without, a kill loses the job.
  bool restarts = false;
  /// From the death of a job until it is back at its exec. Fork and exec take about that long.
  Duration restart_delay = std::chrono::milliseconds{20};
  /// After so long the world ends as hung.
  Duration patience = std::chrono::hours{2};
  std::uint64_t seed = 1;
};

/// What became of a build.
struct Outcome {
  Duration makespan{};
  int ended = 0;
  /// Families that the kernel killed at the limit, whether they came back or not.
  int killed = 0;
  int evicted = 0;
  /// Tasks that were killed and never came back: not restartable, or killed with nothing beside them.
  int lost = 0;
  bool hung = false;
  int held = 0;
  int freezes = 0;
  int most_freezes_of_one = 0;
  int most_restarts_of_one = 0;
  int trip_wire_moves = 0;
  int steps = 0;
  Bytes most_used;
  /// Memory of frozen jobs that was written to swap.
  Bytes reclaimed;
  /// CPU time used, and what of it went into jobs that were killed.
  Duration cpu{};
  Duration wasted{};
  /// Processors that did nothing, times how long they did.
  Duration idle{};
  /// The longest time in one piece in which nothing computed, and no memory went to swap or came from it.
  Duration longest_standstill{};
  /// The longest that the oldest unfinished family was held in one piece.
  Duration oldest_held{};
};

/// Called after each step with what the governor saw and decided.
using Watch = std::function<void(const policy::Observation&, const policy::Decision&)>;

/// Runs a build under a governor.
[[nodiscard]] Outcome run(const std::vector<Task>& tasks, const Machine& machine, policy::Governor& governor,
                          const Watch& watch = {});
/// Runs it at -j `jobs` without one; ends at the first OOM kill, which loses the build.
[[nodiscard]] Outcome run_fixed(const std::vector<Task>& tasks, Machine machine, int jobs);
/// The most that a task has at any point of its curve.
[[nodiscard]] Bytes peak_of(const Task& task);
/// The most that each family can use alone, at its largest: a child's peak comes on top of all that its parents hold
/// when it starts. Restarts count with their factor.
[[nodiscard]] Bytes largest_family(const std::vector<Task>& tasks);
/// No schedule is shorter than this: the longest chain of tasks, all CPU time over all processors, or all memory over
/// time divided by the limit, whichever is most. Nothing says that a schedule as short as this exists.
[[nodiscard]] Duration physical_bound(const std::vector<Task>& tasks, const Machine& machine);

}  // namespace memguard::simulate
