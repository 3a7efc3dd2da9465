// What each job did from its start to its end.
#pragma once

#include <cstdint>
#include <vector>

#include "report/run_report.h"

namespace memguard::report {

/// A time in which a job did one thing.
struct Stretch {
  Duration from{};
  Duration to{};
  State state = State::runs;
  /// The decision that began it, in the run's timeline; null where none did.
  const Change* why = nullptr;
};

struct Lane {
  /// Of the run, which must outlive it.
  const JobReport* job = nullptr;
  /// In order, without gaps, none empty; none at all of a job that had no time.
  std::vector<Stretch> stretches;
  /// No change of it is known: where it was held and frozen is a guess from its sums.
  bool guessed = false;
};

/// One for each job, in the run's order.
[[nodiscard]] std::vector<Lane> lanes_of(const RunReport& run);

/// When a job ended, or the run, where that was before.
[[nodiscard]] Duration end_of(const JobReport& job, const RunReport& run);

/// What a job waits for in a stretch.
enum class WaitsFor : std::uint8_t {
  nothing,    ///< it is neither held nor frozen
  memory,     ///< also where the cause is not known
  processor,  ///< memory is short, but one more would only wait for a processor
  leave,      ///< the user stopped it, or allows only so many of its kind
};
/// By its state and the cause of the decision that began it.
[[nodiscard]] WaitsFor waits_for(const Stretch& stretch);

/// A place for each lane, so that no two jobs of one place are there at once: the first that is free.
[[nodiscard]] std::vector<std::size_t> slots_of(const RunReport& run, const std::vector<Lane>& lanes);

/// The part of the time between two samples in which all of the build stood still for memory.
[[nodiscard]] double stalled(const Sample& before, const Sample& after);

/// How long any job was there, whatever it did, each moment counted once.
[[nodiscard]] Duration time_with_jobs(const std::vector<Lane>& lanes);

/// How long any job waited for memory, each moment counted once.
[[nodiscard]] Duration time_limited(const std::vector<Lane>& lanes);

/// How long, besides that, any job waited for a processor and none for memory.
[[nodiscard]] Duration time_for_processor(const std::vector<Lane>& lanes);

}  // namespace memguard::report
