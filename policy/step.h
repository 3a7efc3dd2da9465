// One step in the making: what is seen, what has been decided so far, and the verbs that all rules decide with.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "policy/decision.h"
#include "policy/state.h"
#include "policy/view.h"

namespace memguard::policy {

/// One step. A verb adds an action to the decision, and changes view, sums and state as if it had been carried out, so
/// that later rules see what earlier ones did.
struct Step {
  /// Of the governor's state, which outlives the step.
  explicit Step(State& of);

  /// A waiting job starts. Its chain's sums are stale until View::sum_up.
  void admit(Job& job, Cause cause);
  /// The running jobs of a chain stop, because what they want does not fit.
  void freeze(Chain& chain, Cause cause, Bytes wanted);
  /// The frozen jobs of a chain go on.
  void thaw(Chain& chain, Cause cause);
  /// A family is killed, to be started again. References to chains and jobs are invalid then.
  void evict(FamilyId family, Cause cause);
  /// The same, for the family `other`. A family that only waits is not started again before `let_back` says so.
  void evict_for(FamilyId other, const Whole& family, Cause cause);

  /// What is remembered of a job of the view.
  [[nodiscard]] JobRecord& record(const Job& job) const;
  /// Why something is done now, in figures.
  [[nodiscard]] Reason reason(Cause cause, Bytes wanted) const;
  /// What is used, and what is set aside for all that run and for `more`.
  [[nodiscard]] Bytes reserved(const Need& more = {}) const;
  /// A chain was started in vain so often that it is not tried again before it is the oldest.
  [[nodiscard]] bool last_try(const Chain& chain) const;
  /// A running job uses so many processors.
  void use_processors(const Job& job, double share);
  /// All processors are used by jobs (or, for what a build script needs, by its like), and a job has started or ended
  /// lately.
  [[nodiscard]] bool processors_in_use(bool for_build_script = false) const;
  /// What is left of the budget when all that run take what they need at worst. May be negative.
  [[nodiscard]] Bytes left_at_worst();

  State& state;
  const Settings& settings;
  View view;
  /// Of each job of the view, until something is taken out of it.
  std::vector<JobRecord*> records;
  /// How many jobs are there, those that leave included.
  std::size_t jobs_seen = 0;
  Decision decision;
  /// view.need(), kept up to date while actions are added.
  Need need;
  /// Chains that have memory, kept up to date likewise.
  int active = 0;
  /// Since the last step.
  Duration gap{};
  /// Memory is still being written to swap.
  bool reclaiming = false;
  /// The build stands still for memory, and little is left.
  bool squeezed = false;
  /// memory.high was hit since the last step.
  bool hit_high = false;
  /// The oldest that has not ended must run with nothing beside it.
  bool alone = false;
  /// A job was killed for memory since the last step.
  bool killed = false;
  /// How many processors the build may use, and how many its running jobs use. A job that starts in this step counts
  /// as one.
  double processors = 0;
  double processors_used = 0;
  /// Of these, what jobs use that a build script needs.
  double used_for_build_scripts = 0;
  /// What all chains with memory need at worst until they end; computed when it is asked for.
  std::optional<Bytes> to_finish;
  /// How many waiting jobs were tried by their courses.
  int courses_tried = 0;
  /// Why each job of the view is not admitted; meaningful for those that wait, when `judged`.
  std::vector<Cause> refused;
  bool judged = false;
};

}  // namespace memguard::policy
