#include "simulate/amounts.h"

#include <algorithm>
#include <cmath>

namespace memguard::simulate {

Bytes mib(double n) { return Bytes::of(n * (1 << 20)); }

Duration time(double s) {
  // 126 years. Two of them are still a Duration.
  constexpr double kLongest = 4e9;
  const double bounded = std::isnan(s) ? 0 : std::clamp(s, -kLongest, kLongest);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded));
}

Duration rounded(double s) { return Duration{std::llround(s * 1e9)}; }

Duration rounded_up(double s) {
  constexpr double kLongest = 1e9;
  return Duration{static_cast<Duration::rep>(std::ceil(std::min(s, kLongest) * 1e9))};
}

}  // namespace memguard::simulate
