// Rules 3 and 4: who is stopped, because growth does not fit or because the build stands still for memory.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Freezes the newest chains whose growth within Settings::horizon does not fit. True when one was frozen.
bool freeze_for_growth(Step& step);
/// Freezes the newest chain while the step is `squeezed`. True when one was frozen.
bool freeze_for_pressure(Step& step);

}  // namespace memguard::policy
