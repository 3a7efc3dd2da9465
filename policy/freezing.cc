// Rules 3 and 4: who is stopped, because growth does not fit or because the build stands still for memory.
#include <algorithm>

#include "policy/room.h"
#include "policy/step.h"

namespace memguard::policy {

bool Governor::freeze_for_growth(Step& step) {
  const Room room(step.view, 0.0);
  const Chain* oldest = step.view.oldest_active();
  bool froze = false;
  Bytes left = step.view.budget - step.view.used + releases_.in(settings_.horizon, settings_);
  Bytes left_for_good = Bytes::unlimited();
  for (std::size_t i = 0; i < step.view.chains.size(); ++i) {
    Chain& chain = step.view.chains[i];
    if (!chain.active) continue;
    const bool grows = chain.ahead > settings_.growth_ignored;
    const bool takes = chain.ahead > left || (!chain.restartable && chain.ahead > left_for_good);
    if (grows && takes && may_freeze(chain, oldest)) {
      freeze(step, chain, Cause::growth, chain.ahead);
      froze = true;
    } else {
      left -= chain.ahead;
      if (!chain.restartable) left_for_good -= chain.ahead;
    }
    left_for_good = std::min(left_for_good, room.own(i));
  }
  return froze;
}

bool Governor::freeze_for_pressure(Step& step) {
  if (!step.squeezed) return false;
  const Chain* oldest = step.view.oldest_active();
  auto& chains = step.view.chains;
  const auto newest =
      std::find_if(chains.rbegin(), chains.rend(), [&](const Chain& f) { return may_freeze(f, oldest); });
  if (newest == chains.rend()) return false;
  freeze(step, *newest, Cause::pressure, newest->ahead);
  pressure_.restart();
  return true;
}

}  // namespace memguard::policy
