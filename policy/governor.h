// The policy: which jobs run, wait, or stop, so that memory never runs out and time is not wasted.
//
//     step(state, observation) -> decision
//
// A pure function but for its own state: the same observations give the same decisions, in the supervisor, in a test
// and in the simulator. governor.cc begins with the rules; docs/POLICY.md has their reasons and what proves them.
#pragma once

#include <optional>

#include "policy/decision.h"
#include "policy/observation.h"
#include "policy/settings.h"
#include "policy/state.h"

namespace memguard::policy {

/// What the policy remembers from step to step. A value: copying it forks the build's future.
///
/// Nothing it is told can make it fail: jobs listed twice or vanished, clocks that stand still, sizes without sense
/// give a decision that is safe for what remains. A step costs O(n log n) in the number of jobs.
class Governor {
 public:
  /// At the beginning of a build.
  explicit Governor(Settings settings = {});

  /// Decides at one instant. To be called at each sample, and at once when a job arrives or ends.
  ///
  /// Each waiting job is answered with Admit or Hold in the first step that sees it, and a held one with Admit later.
  /// An action counts as done for `Settings::settle`; when the observation does not show it by then, it is decided anew
  /// and may come again (all actions may be carried out twice without harm). A governor that was made in the middle of
  /// a build answers every waiting job, also those held before.
  [[nodiscard]] Decision step(const Observation& seen);

  /// Replays a job that ended before this governor was made; one that was killed (not `completed`) needed at least that
  /// peak. `step` does the same for Observation::ended.
  void learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak, bool completed = true);

 private:
  State state_;
};

}  // namespace memguard::policy
