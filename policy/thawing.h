// Rule 7: what was stopped goes on as soon as there is room, the oldest first.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Thaws the frozen chains that fit, up to the first that does not.
void thaw_frozen(Step& step);

}  // namespace memguard::policy
