// How a job's memory went over its life, as one that ran before showed it.
#pragma once

#include <array>
#include <cstdint>

#include "base/units.h"

namespace memguard {

/// The most memory that a job had in each sixteenth of its processor time, in 255ths of its peak.
using Shape = std::array<std::uint8_t, 16>;

/// A whole life: its shape, and what it took.
struct Course {
  Shape shape{};
  /// Of all its threads, without the jobs below it.
  Duration cpu{};
  /// From its exec to its end, less the time it was held or frozen.
  Duration wall{};

  /// All their fields are equal.
  bool operator==(const Course&) const = default;
};

}  // namespace memguard
