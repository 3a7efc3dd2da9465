// How much memory may be lent to whom, so that everyone who has some can end.
//
// Freezing frees nothing, so memory once lent comes back only when its owner ends or is evicted. A state is safe when
// every active family, in order of age, can end while all that is younger stands still where it is, or is evicted if it
// can be:
//
//     overhead + memory of this family and of all younger ones that nobody would start again
//              + what this family needs until it ends <= budget
//
// (what is older has ended by then). `Room` is how much of that is left, for each family and each step. It restrains
// who cannot be evicted; memory lent to all others can be had back, so for them it is enough that it is there.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/view.h"

namespace memguard::policy {

/// What is left for whom at one instant.
class Room {
 public:
  /// Younger families that cannot be evicted count with their memory and `alpha` of what they may still grow by: 0 is
  /// what freezing can hold them to, more is what they are to be left.
  Room(const View& view, double alpha);

  /// What is left of the budget when family number `index` needs everything it needs until it ends. Negative: it cannot
  /// end before something younger does.
  [[nodiscard]] Bytes own(std::size_t index) const { return own_[index]; }
  /// The least of `own` of all active families older than number `index`: what it may use without taking it from them.
  [[nodiscard]] Bytes left_by_older(std::size_t index) const { return left_by_older_[index]; }

 private:
  std::vector<Bytes> own_;
  std::vector<Bytes> left_by_older_;
};

}  // namespace memguard::policy
