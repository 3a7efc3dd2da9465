// How a run went over time, as values: what pictures of it are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"

namespace memguard::report {

/// What a job did. `--json` has these words.
enum class State : std::uint8_t {
  arrived,  ///< at its exec, not yet decided upon
  runs,     ///< may run
  held,     ///< stopped before its first instruction
  frozen,   ///< stopped later, with its memory
  evicted,  ///< is being killed for its memory, to be started again
};
constexpr std::size_t kStates = 5;

/// The build at one moment.
struct Sample {
  Duration at{};
  /// What reclaim without swap cannot take, and what it may be; unlimited where there is no limit.
  Bytes used{};
  Bytes limit{};
  /// memory.high; unlimited where there is none.
  Bytes high{};
  /// Stall time since the start: of some, and of all at once.
  Duration some{};
  Duration full{};
  /// Free tokens of the jobservers; -1 where none is looked after.
  int tokens = -1;

  /// All their fields are equal.
  bool operator==(const Sample&) const = default;
};

/// A job's memory in the samples from `first` on.
struct JobMemory {
  std::uint32_t job = 0;
  std::size_t first = 0;
  std::vector<Bytes> memory;

  /// All their fields are equal.
  bool operator==(const JobMemory&) const = default;
};

/// The state of a job changed, with the numbers of the decision that did it.
struct Change {
  static constexpr std::uint32_t kNoJob = UINT32_MAX;
  Duration at{};
  std::uint32_t job = 0;
  State state = State::runs;
  /// A word of policy/causes.h; empty where nobody decided it, and then all below is zero.
  std::string cause{};
  Bytes limit{};
  /// What the build used, and what was kept besides for the text of the programs that ran.
  Bytes used{};
  Bytes kept_for_text{};
  Bytes reserved{};
  Bytes need{};
  int running = 0;
  int frozen = 0;
  int held = 0;
  /// The job that had what this one waited for.
  std::uint32_t for_job = kNoJob;

  /// All their fields are equal.
  bool operator==(const Change&) const = default;
};

/// Bounded: samples lie evenly, ever further apart the longer the run was.
struct Timeline {
  /// The distance of samples; of all that fell into it, the one with the most memory is kept.
  Duration step{};
  std::vector<Sample> samples;
  /// By job. A job that has less than 256 KiB is in no sample.
  std::vector<JobMemory> memory;
  /// In order of time.
  std::vector<Change> changes;
  /// Changes before those, of which only the number is known.
  std::uint64_t left_out = 0;

  /// Nothing was noted.
  [[nodiscard]] bool empty() const { return samples.empty() && changes.empty(); }
};

}  // namespace memguard::report
