// A small build in simulated time: jobs with memory curves, a build tool with tokens, processors that are shared, a
// kernel that kills at the limit. It drives a Governor, or runs at a fixed -j without one.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "policy/governor.h"

namespace memguard::simulate {

// The words of the policy, which are the words of its world.
using policy::ClassId;
using policy::FamilyId;
using policy::JobId;
using policy::JobState;

/// Memory at one point of a job's progress (0 to 1 of its CPU time); in between it is linear.
struct Point {
  double progress = 0;
  Bytes memory;
};

/// One job of a workload, as it would run alone.
struct Task {
  ClassId job_class{};
  Duration cpu{};
  std::vector<Point> curve;
  /// Tasks (by position) that must have ended before it starts. Only for tasks that the build tool starts.
  std::vector<std::size_t> after;
  /// The task that starts this one and waits for it, at that progress: a rustc and its linker.
  std::optional<std::size_t> parent;
  double parent_progress = 1;
  /// Runs without CPU: it waits for something outside.
  bool sleeps = false;
  /// Holds the world's one lock between these.
  std::optional<std::pair<double, double>> lock;
  std::optional<Bytes> predicted;
  std::optional<ClassId> will_start;
};

/// The machine and the build tool.
struct Machine {
  Bytes limit;
  int cores = 4;
  /// -j: how many tasks without parent the build tool runs at once.
  int tokens = 4;
  /// Used by what is no job.
  Bytes overhead{};
  /// A freeze or thaw takes effect between half of this and all of it after it was decided.
  Duration reaction{};
  /// The limit changes to this at that time.
  std::optional<std::pair<Instant, Bytes>> later_limit{};
  /// After so long the world ends as hung.
  Duration patience = std::chrono::hours{2};
  std::uint64_t seed = 1;
};

/// What became of a build.
struct Outcome {
  Duration makespan{};
  int ended = 0;
  int killed = 0;
  bool hung = false;
  int held = 0;
  int freezes = 0;
  int most_freezes_of_one = 0;
  int trip_wire_moves = 0;
  int steps = 0;
  Bytes most_used;
};

/// Called after each step with what the governor saw and decided; for properties.
using Watch = std::function<void(const policy::Observation&, const policy::Decision&)>;

/// Runs a build under a governor.
[[nodiscard]] Outcome run(const std::vector<Task>& tasks, const Machine& machine, policy::Governor& governor,
                          const Watch& watch = {});
/// Runs it at -j `jobs` without one; ends at the first OOM kill, which loses the build.
[[nodiscard]] Outcome run_fixed(const std::vector<Task>& tasks, Machine machine, int jobs);
/// The shortest of all -j that survive, with that -j; none when not even -j1 does.
[[nodiscard]] std::optional<std::pair<int, Duration>> best_fixed(const std::vector<Task>& tasks,
                                                                 const Machine& machine);

}  // namespace memguard::simulate
