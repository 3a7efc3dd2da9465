#include "policy/room.h"

#include <algorithm>

namespace memguard::policy {

// To who is older swap is more budget: what is younger goes there, by our order or at the limit by the kernel's own.
Room::Room(const View& view, double alpha) : own_(view.chains.size()), left_by_older_(view.chains.size()) {
  const Bytes budget = view.budget + view.swap_room;
  Bytes younger;
  for (std::size_t i = view.chains.size(); i-- > 0;) {
    const Chain& chain = view.chains[i];
    own_[i] = budget - view.overhead - younger - chain.above_memory - chain.memory - chain.to_finish;
    if (!chain.restartable) younger += chain.memory + chain.need.set_aside({alpha});
  }
  Bytes left = budget - view.overhead;
  for (std::size_t i = 0; i < view.chains.size(); ++i) {
    left_by_older_[i] = left;
    if (view.chains[i].active) left = std::min(left, own_[i]);
  }
}

}  // namespace memguard::policy
