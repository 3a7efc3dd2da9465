// What the end of a build waited for, as far as times tell: a report has no dependencies.
#pragma once

#include <vector>

#include "report/lanes.h"

namespace memguard::report {

/// A part of the chain.
struct Link {
  const JobReport* job = nullptr;
  Duration from{};
  Duration to{};
  /// Of that it waited for memory.
  Duration waited{};
};

/// From the job that ended last back: of each job the one that started it, from then on, or else the one that had ended
/// last before it came. In the order of time. Each job is there once at most.
[[nodiscard]] std::vector<Link> critical_path(const RunReport& run, const std::vector<Lane>& lanes);

}  // namespace memguard::report
