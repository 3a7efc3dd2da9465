// What the policy remembers from step to step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "policy/estimator.h"
#include "policy/growth.h"
#include "policy/observation.h"
#include "policy/pressure_watch.h"
#include "policy/releases.h"
#include "policy/settings.h"
#include "policy/stall_watch.h"
#include "policy/trip_wire.h"

namespace memguard::policy {

/// What is remembered of a job from step to step.
struct JobRecord {
  ClassId job_class{};
  std::optional<Prediction> predicted;
  Growth growth;
  std::optional<Duration> cpu;
  /// How many processors it uses on average, or would use if there were enough.
  double share = 1;
  /// For how long it has used next to none.
  Duration idle{};
  /// When Admit was given, until it shows.
  std::optional<Instant> admitted;
  /// When its family was evicted, until it is gone.
  std::optional<Instant> evicted;
  /// It needs at least so much: it had it when it was evicted or killed.
  Bytes at_least;
  Bytes memory;
  bool answered = false;
  /// What was ordered last and when; a freeze stays until the thaw, a thaw until it shows.
  enum class Order : std::uint8_t { none, freeze, thaw } order = Order::none;
  Instant ordered{};
  int freezes = 0;
  bool lent = false;
  /// When Reclaim got less than half of what it was to get from its chain.
  std::optional<Instant> gave_little;
  std::optional<ClassId> will_start;
  std::optional<Prediction> child_predicted;
  bool had_child = false;
  std::uint64_t last_step = 0;
};

/// The last Reclaim.
struct Reclaimed {
  /// Of this chain.
  JobId chain{};
  Bytes swapped_before;
  Bytes asked;
};

/// A family that was evicted while it only waited.
struct Away {
  /// The family for which it was evicted.
  FamilyId other{};
  /// The memory of its drivers, which it takes again when it comes back.
  Bytes memory;
};

/// All of it. A value: a copy is a build's other future.
struct State {
  /// As at the beginning of a build.
  explicit State(Settings from);

  /// Notes that a job of this class, predicted so when it was, ended at `peak`; one that was killed (not `completed`)
  /// needed at least that.
  void learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak, bool completed);
  /// More of what jobs may still grow by is set aside, up to Settings::alpha_most.
  void raise_alpha(double by);

  Settings settings;
  Estimator estimator;
  /// The share of what jobs may still grow by that is set aside (Shares::of_all).
  double alpha = 0;
  Releases releases;
  /// What the limit falls by.
  Growth taken_by_others;
  int limit_moves = 0;
  PressureWatch pressure;
  StallWatch stall;
  TripWire trip_wire;
  /// Pressure was seen, and has not been seen to be gone.
  bool squeezed = false;
  std::uint64_t high_events = 0;
  /// The oldest job that is held for memory, and since when it is the oldest.
  std::optional<JobId> oldest_held;
  Instant oldest_held_since{};
  /// Before that nothing new starts when memory is short.
  Instant next_start{};
  std::optional<Reclaimed> reclaimed;
  /// The time of the observations, except that it never runs backwards.
  Instant now{};
  std::optional<Instant> last_at;
  std::uint64_t steps = 0;
  std::unordered_map<JobId, JobRecord> jobs;
  /// When a job was last admitted, or last ended.
  Instant changed{};
  /// How many processors all jobs together use on average (Settings::processor_use).
  double processors_used = 0;
  /// As last observed.
  std::optional<Duration> waited_for_processor;
  /// Evicted families that are not started again yet.
  std::map<FamilyId, Away> away;
  /// Some family is `lent`.
  bool any_lent = false;
};

}  // namespace memguard::policy
