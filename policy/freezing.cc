// Rules 3 and 4: who is stopped, because growth does not fit or because the build stands still for memory.
#include "policy/freezing.h"

#include <algorithm>

#include "policy/room.h"

namespace memguard::policy {
namespace {

bool may_freeze(const Chain& chain, const Chain* oldest) { return chain.runs && !chain.lent && &chain != oldest; }

}  // namespace

bool freeze_for_growth(Step& step) {
  const Room room(step.view, 0.0);
  const Chain* oldest = step.view.oldest_active();
  bool froze = false;
  Bytes left = step.view.budget - step.view.used + step.state.releases.in(step.settings.horizon, step.settings);
  Bytes left_for_good = Bytes::unlimited();
  for (std::size_t i = 0; i < step.view.chains.size(); ++i) {
    Chain& chain = step.view.chains[i];
    if (!chain.active) continue;
    const bool grows = chain.ahead > step.settings.growth_ignored;
    const bool takes = chain.ahead > left || (!chain.restartable && chain.ahead > left_for_good);
    if (grows && takes && may_freeze(chain, oldest)) {
      step.freeze(chain, Cause::growth, chain.ahead);
      froze = true;
    } else {
      left -= chain.ahead;
      if (!chain.restartable) left_for_good -= chain.ahead;
    }
    left_for_good = std::min(left_for_good, room.own(i));
  }
  return froze;
}

bool freeze_for_pressure(Step& step) {
  if (!step.squeezed) return false;
  const Chain* oldest = step.view.oldest_active();
  auto& chains = step.view.chains;
  const auto newest =
      std::find_if(chains.rbegin(), chains.rend(), [&](const Chain& f) { return may_freeze(f, oldest); });
  if (newest == chains.rend()) return false;
  step.freeze(*newest, Cause::pressure, newest->ahead);
  step.state.pressure.restart();
  return true;
}

}  // namespace memguard::policy
