#include "policy/need.h"

#include <algorithm>
#include <cmath>

namespace memguard::policy {

Need& Need::operator+=(const Need& other) {
  back += other.back;
  growth += other.growth;
  known += other.known;
  known_squares += other.known_squares;
  return *this;
}

Need& Need::operator-=(const Need& other) {
  back -= other.back;
  growth -= other.growth;
  known -= other.known;
  known_squares -= other.known_squares;
  return *this;
}

Bytes Need::set_aside(const Shares& shares) const {
  const double left = std::max(1 - shares.of_all, 0.0);
  if (shares.all_known) return back + shares.of_all * growth + left * known;
  // Subtraction of doubles may leave a little less than nothing.
  const double together = std::sqrt(std::max(known_squares, 0.0));
  return back + shares.of_all * growth + Bytes::of(shares.of_few_known * left * together);
}

}  // namespace memguard::policy
