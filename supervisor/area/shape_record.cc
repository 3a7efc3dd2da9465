#include "supervisor/area/shape_record.h"

#include <algorithm>
#include <limits>

namespace memguard::supervisor {
namespace {

std::uint32_t kib_of(Bytes memory) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp(memory.count >> 10U, std::int64_t{0}, kMost));
}

}  // namespace

void ShapeRecord::reach(Duration cpu) {
  if (part <= Duration::zero()) part = kShortestPart;
  while (cpu / part >= static_cast<std::int64_t>(kParts)) {
    for (std::size_t i = 0; i < kParts / 2; ++i) most_kib[i] = std::max(most_kib[2 * i], most_kib[2 * i + 1]);
    std::fill(most_kib.begin() + kParts / 2, most_kib.end(), 0);
    part *= 2;
    last /= 2;
  }
}

void ShapeRecord::note(Duration cpu, Bytes memory) {
  reach(std::max(cpu, Duration::zero()));
  const std::uint32_t kib = kib_of(memory);
  const auto index = std::max(last, static_cast<std::uint32_t>(std::max(cpu, Duration::zero()) / part));
  const std::uint32_t between = std::max(kib, last_kib);
  for (std::uint32_t i = readings == 0 ? 0 : last + 1; i < index; ++i) most_kib.at(i) = between;
  most_kib.at(index) = std::max(most_kib.at(index), kib);
  last = index;
  last_kib = kib;
  ++readings;
}

std::uint32_t ShapeRecord::most_between(Duration from, Duration to) const {
  const auto first = std::min<std::int64_t>(from / part, last);
  const auto end = std::clamp<std::int64_t>((to - Duration(1)) / part, first, last);
  return *std::max_element(most_kib.begin() + first, most_kib.begin() + end + 1);
}

std::optional<Shape> ShapeRecord::shape(Duration cpu) const {
  const std::uint32_t peak = *std::ranges::max_element(most_kib);
  if (readings < kLeastReadings || cpu <= Duration::zero() || part <= Duration::zero() || peak == 0)
    return std::nullopt;
  Shape shape;
  const auto count = static_cast<std::int64_t>(shape.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t most = most_between(cpu * i / count, cpu * (i + 1) / count);
    // Rounded up: the peak itself is 255.
    shape.at(static_cast<std::size_t>(i)) = static_cast<std::uint8_t>((255 * most + peak - 1) / peak);
  }
  return shape;
}

}  // namespace memguard::supervisor
