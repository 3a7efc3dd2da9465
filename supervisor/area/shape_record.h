// How a job's memory goes over its processor time, noted while it runs, in the bounded form that shared memory holds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "base/course.h"

namespace memguard::supervisor {

/// The most memory in each part of the processor time used so far. All zero in the beginning.
struct ShapeRecord {
  static constexpr std::size_t kParts = 64;
  /// Parts double when they do not reach, so that a job of any length fills half of them at least.
  static constexpr Duration kShortestPart = std::chrono::milliseconds(5);
  /// With fewer readings a shape would say more of when we looked than of the job.
  static constexpr std::uint32_t kLeastReadings = 8;

  std::array<std::uint32_t, kParts> most_kib;
  Duration part;
  std::uint32_t last;  ///< the part of the last reading
  std::uint32_t last_kib;
  std::uint32_t readings;

  /// A reading. Between two of them it is taken to have had what the larger says.
  void note(Duration cpu, Bytes memory);
  /// Of a job that ended after so much processor time; nothing when it was read too seldom.
  [[nodiscard]] std::optional<Shape> shape(Duration cpu) const;

 private:
  void reach(Duration cpu);
  [[nodiscard]] std::uint32_t most_between(Duration from, Duration to) const;
};
static_assert(std::is_trivially_copyable_v<ShapeRecord>);

}  // namespace memguard::supervisor
