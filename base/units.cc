#include "base/units.h"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace memguard {

std::string to_text(Bytes size) {
  if (size.is_unlimited()) return "unlimited";
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  double value = size.real();
  std::size_t unit = 0;
  while (std::abs(value) >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const bool whole = unit < 2 || std::abs(value) >= 100;
  return whole ? fmt::format("{:.0f} {}", value, kUnits[unit]) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string part_text(Bytes part, Bytes limit) {
  std::string used = to_text(part);
  if (limit.is_unlimited()) return used;
  const std::string all = to_text(limit);
  const auto unit = used.substr(used.rfind(' '));
  if (all.ends_with(unit)) used.resize(used.size() - unit.size());
  return fmt::format("{} of {}", used, all);
}

std::string to_text(Duration d) {
  const double s = seconds(d);
  if (std::abs(s) < 1) return fmt::format("{:.0f} ms", s * 1000);
  if (std::abs(s) < 10) return fmt::format("{:.1f} s", s);
  if (std::abs(s) < 600) return fmt::format("{:.0f} s", s);
  return fmt::format("{:.0f} min", s / 60);
}

}  // namespace memguard
