// What jobs that run, or are to run, will still ask for, and how much of it is set aside for them.
#pragma once

#include "base/units.h"

namespace memguard::policy {

/// How much of what is expected is set aside.
struct Shares {
  /// Of the growth of all: their peaks come at different times.
  double of_all = 1;
  /// Of what is left of it for jobs of known size: the fewer they are, the less do their peaks spread over time.
  double of_few_known = 0;
  /// All of what is known is set aside: there are so few that each of them may need it.
  bool all_known = false;
};

/// The needs of any number of jobs; they add up.
struct Need {
  /// What they have in swap: it comes back for sure.
  Bytes back{};
  /// What they may still grow by.
  Bytes growth{};
  /// The part of `growth` that is known, because the job ran before or was declared.
  Bytes known{};
  /// The sum of the squares of the known growths. In bytes squared; as a double, because a few jobs of 4 GiB are beyond
  /// 64 bits.
  double known_squares = 0;

  /// One more.
  Need& operator+=(const Need& other);
  /// One less, that was added before.
  Need& operator-=(const Need& other);
  /// Both together.
  friend Need operator+(Need a, const Need& b) { return a += b; }

  /// What all have when every peak comes at once.
  [[nodiscard]] Bytes in_full() const { return back + growth; }
  /// `back`, the share of all of `growth`, and the share of few of what that leaves of the root of `known_squares`.
  /// That root is all of the growth of a single known job, half of the growth of four equal ones, a tenth of a
  /// hundred's.
  [[nodiscard]] Bytes set_aside(const Shares& shares) const;
};

}  // namespace memguard::policy
