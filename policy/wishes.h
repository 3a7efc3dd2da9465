// What the user asked for jobs, from another terminal.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Does what is asked for where rule 1 allows it, and notes in Decision::denied what is not done.
void grant_wishes(Step& step);

}  // namespace memguard::policy
