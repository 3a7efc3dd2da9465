#include "policy/room.h"

#include <algorithm>

namespace memguard::policy {

Room::Room(const View& view, double alpha) : own_(view.families.size()), left_by_older_(view.families.size()) {
  Bytes younger;
  for (std::size_t i = view.families.size(); i-- > 0;) {
    const Family& family = view.families[i];
    own_[i] = view.budget - view.overhead - younger - family.memory - family.to_finish;
    if (!family.restartable) younger += family.memory + alpha * family.need;
  }
  Bytes left = view.budget - view.overhead;
  for (std::size_t i = 0; i < view.families.size(); ++i) {
    left_by_older_[i] = left;
    if (view.families[i].active) left = std::min(left, own_[i]);
  }
}

}  // namespace memguard::policy
