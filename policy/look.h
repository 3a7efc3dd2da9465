// What a step begins with.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Fills the step's view from an observation, which may say anything, and brings the state up to now.
void look(Step& step, const Observation& seen);

}  // namespace memguard::policy
