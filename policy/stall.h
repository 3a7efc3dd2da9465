// Rule 2: nothing that runs uses CPU, so it may wait for something that is stopped or held.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Lets go, or after much longer evicts, something when the build has stood still. True when it did.
bool break_stall(Step& step);

}  // namespace memguard::policy
