// One build under memguard, and at every fixed -j.
#pragma once

#include "policy/settings.h"
#include "simulate/outcome.h"
#include "simulate/workloads.h"

namespace memguard::simulate {

/// A build at one -j, without memguard.
struct FixedJobs {
  int jobs = 0;
  Outcome outcome;
  /// All of it ended.
  [[nodiscard]] bool survived() const { return outcome.killed == 0 && !outcome.hung; }
};

struct Comparison {
  Outcome guarded;
  /// -j1 to that of the machine.
  std::vector<FixedJobs> fixed;
  Duration bound{};

  /// The fastest that survived, which nobody knows before; nullptr when none did.
  [[nodiscard]] const FixedJobs* best() const;
};

/// `settings`: those of memguard's policy.
[[nodiscard]] Comparison compare(const Build& build, const policy::Settings& settings = {});

/// The shortest of all -j that survive, with that -j; none when not even -j1 does.
[[nodiscard]] std::optional<std::pair<int, Duration>> best_fixed(const std::vector<Task>& tasks,
                                                                 const Machine& machine);

}  // namespace memguard::simulate
