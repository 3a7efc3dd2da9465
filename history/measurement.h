// What was seen of one job that ended: the unit it was of, what it read and what it took.
#pragma once

#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/course.h"
#include "base/units.h"
#include "job/unit.h"

namespace memguard::history {

/// The most that history keeps of one job, and that an import takes, beside kMostBytes. The calendar ends with the year
/// 9999; a longer time could not be written to the nanosecond as a real number of seconds.
constexpr Duration kMostTime = std::chrono::seconds(8'000'000);
constexpr std::chrono::sys_seconds kLastSecond{std::chrono::seconds(253'402'300'799)};
/// Of a text, in bytes: a path, each byte of which an export may write as three, because it is no UTF-8.
constexpr std::size_t kLongestText = std::size_t{3} * PATH_MAX;

struct Measurement {
  /// When it ended, to the second.
  std::chrono::sys_seconds at;
  /// The folder the build was started in.
  std::string project;
  /// The base name of the program: linkers differ.
  std::string program;
  job::Inputs inputs;
  /// The most memory it had (supervisor/live/live_jobs.h), without the jobs below it.
  Bytes peak;
  Duration cpu{};
  /// From its exec to its end, less the time it was held or frozen.
  Duration wall{};
  /// Nothing where it was too short to tell, and in runs of before it was measured.
  std::optional<Shape> shape{};
  /// False when memory ended it and nobody started it again: it needs more than `peak`.
  bool completed = true;

  /// All their fields are equal.
  bool operator==(const Measurement&) const = default;
};

/// The same with nothing above the bounds or below zero: sparse files, clocks and hostile programs know none.
[[nodiscard]] Measurement bounded(Measurement measured);

struct UnitMeasurement {
  job::Unit unit;
  Measurement measured;

  /// All their fields are equal.
  bool operator==(const UnitMeasurement&) const = default;
};

}  // namespace memguard::history
