// How fast the jobs of a run got on, whatever memory did to it.
#pragma once

#include <vector>

#include "report/lanes.h"

namespace memguard::report {

struct Pace {
  /// What running jobs could have had of the run's processors, next to what they used: 1.25 where a fifth of it went to
  /// others, or to waits for a disk. At least 1; 1 where the processors of the run or of its jobs are not known.
  double slower = 1;
  /// How long no job was there, before the first, after the last and in between: the build tool worked itself.
  Duration without_jobs{};
};

/// Times when jobs were held or frozen are no part of it, nor jobs that used less than 1 % of
/// a processor (policy::Settings::stall_cpu): they slept. A job that waits for one that
/// it started wants no processor, and one that used several at a time wants as many.
[[nodiscard]] Pace pace_of(const RunReport& run, const std::vector<Lane>& lanes);

}  // namespace memguard::report
