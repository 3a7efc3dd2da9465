// What was seen of one job that ended: the unit it was of, what it read and what it took.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/course.h"
#include "base/units.h"
#include "job/unit.h"

namespace memguard::history {

struct Measurement {
  /// When it ended, to the second.
  std::chrono::sys_seconds at;
  /// The folder the build was started in.
  std::string project;
  /// The base name of the program: linkers differ.
  std::string program;
  job::Inputs inputs;
  /// The most memory it had (supervisor/live_jobs.h), without the jobs below it.
  Bytes peak;
  Duration cpu{};
  /// From its exec to its end, less the time it was held or frozen.
  Duration wall{};
  /// Nothing where it was too short to tell, and in runs of before it was measured.
  std::optional<Shape> shape{};
  /// False when memory ended it and nobody started it again: it needs more than `peak`.
  bool completed = true;

  bool operator==(const Measurement&) const = default;
};

struct UnitMeasurement {
  job::Unit unit;
  Measurement measured;

  bool operator==(const UnitMeasurement&) const = default;
};

}  // namespace memguard::history
