// How fast each job of a run got on, whatever memory did to it.
#pragma once

#include <vector>

#include "report/lanes.h"

namespace memguard::report {

/// What a job takes where nobody wants its processors: so long, and so many of them.
struct Pace {
  Duration alone{};
  /// Less than 1 of one that waited for a disk or slept, more of one with several threads.
  double processors = 0;
};

/// One for each lane: the time that it worked, each moment by the part of a processor that was left to a job then, with
/// all that worked beside it. A job works while it runs and waits for no job that it started. Empty where the run's
/// processors are not known, and a Pace{} for a job whose processor time is not.
[[nodiscard]] std::vector<Pace> paces_of(const RunReport& run, const std::vector<Lane>& lanes);

}  // namespace memguard::report
