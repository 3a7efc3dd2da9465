// Units with their runs, and how some of them are chosen.
#pragma once

#include <string>
#include <vector>

#include "history/measurement.h"

namespace memguard::history {

/// Which units are meant. An empty word matches all.
struct Filter {
  std::string job_class;
  /// A part of the unit's name.
  std::string name;
  /// A folder: runs of builds that were started there or below.
  std::string project;
};

/// A unit and its runs, newest first.
struct UnitRuns {
  job::Unit unit;
  Bytes expected;
  std::vector<Measurement> runs;
};

}  // namespace memguard::history
