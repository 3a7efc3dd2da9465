// One step in the making: what is seen, and what has been decided so far. Private to the governor.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "policy/governor.h"

namespace memguard::policy {

struct Governor::Step {
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
  /// What all chains with memory need at worst until they end; computed when it is asked for.
  std::optional<Bytes> to_finish;
  /// How many waiting jobs were tried by their courses.
  int courses_tried = 0;
  /// Why each job of the view is not admitted; meaningful for those that wait, when `judged`.
  std::vector<Cause> refused;
  bool judged = false;
};

}  // namespace memguard::policy
