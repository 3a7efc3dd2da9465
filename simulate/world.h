// A build in simulated time: jobs with memory curves, a build tool with tokens, processors that are shared, a kernel
// that kills at the limit, and shims that start again what was killed. It drives a policy::Governor, or runs at a fixed
// -j without one.
//
// Time goes from event to event (a point of a curve, a sample, the moment the limit is reached), so nothing is rounded
// to a step, and a build of a thousand jobs takes milliseconds.
#pragma once

#include <functional>
#include <vector>

#include "policy/governor.h"
#include "simulate/outcome.h"
#include "simulate/task.h"

namespace memguard::simulate {

/// Called after each step with what the governor saw and decided.
using Watch = std::function<void(const policy::Observation&, const policy::Decision&)>;

/// Runs a build under a governor.
[[nodiscard]] Outcome run(const std::vector<Task>& tasks, const Machine& machine, policy::Governor& governor,
                          const Watch& watch = {});
/// Runs it at -j `jobs` without one; ends at the first OOM kill, which loses the build.
[[nodiscard]] Outcome run_fixed(const std::vector<Task>& tasks, Machine machine, int jobs);

}  // namespace memguard::simulate
