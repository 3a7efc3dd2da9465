// The policy: which jobs run, wait, or stop, so that memory never runs out and time is not wasted.
//
//     step(state, observation) -> decision
//
// A pure function but for its own state: the same observations give the same decisions, in the supervisor, in a test
// and in the simulator. It is policy G of docs/POLICY.md without eviction.
#pragma once

#include "policy/decision.h"
#include "policy/observation.h"

namespace memguard::policy {

/// What the policy remembers from step to step. A value: copying it forks the build's future.
class Governor;

}  // namespace memguard::policy
