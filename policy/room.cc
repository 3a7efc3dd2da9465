#include "policy/room.h"

#include <algorithm>

namespace memguard::policy {

// To who is older swap is more budget: what is younger goes there, by our order or at the limit by the kernel's own.
Room::Room(const View& view, double alpha) : own_(view.families.size()), left_by_older_(view.families.size()) {
  const Bytes budget = view.budget + view.swap_room;
  Bytes younger;
  for (std::size_t i = view.families.size(); i-- > 0;) {
    const Family& family = view.families[i];
    own_[i] = budget - view.overhead - younger - family.memory - family.to_finish;
    if (!family.restartable) younger += family.memory + family.need.set_aside({alpha});
  }
  Bytes left = budget - view.overhead;
  for (std::size_t i = 0; i < view.families.size(); ++i) {
    left_by_older_[i] = left;
    if (view.families[i].active) left = std::min(left, own_[i]);
  }
}

}  // namespace memguard::policy
