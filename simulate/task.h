// What a simulated build is made of: its tasks, and the machine that runs them.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "policy/observation.h"

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
  /// It compiles a build script, or a build script started it (policy::JobSeen::of_build_script).
  bool of_build_script = false;
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
  /// Somebody who asks for something (policy::Wish) in what is about to be decided upon; empty: nobody does.
  std::function<void(policy::Observation&)> user{};
};

}  // namespace memguard::simulate
