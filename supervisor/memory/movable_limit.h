// The limit of a run while it lasts: chosen at the start, and moved when the user asks.
#pragma once

#include "cgroup/home.h"
#include "report/more_memory.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/loop/worker.h"
#include "supervisor/memory/run_limit.h"

namespace memguard::supervisor {

class MovableLimit {
 public:
  /// All must outlive it. The limit is in the area, so that a supervisor that follows this one keeps it.
  MovableLimit(SharedArea& area, const cgroup::Home& home, Worker& worker)
      : area_(area), home_(home), worker_(worker) {}

  /// Moves it, as far as the machine and the cgroups above allow: policy plans with it from the next step on. A higher
  /// one is memory.max at once, a lower one when what is used has fitted below it: written before, the kernel would
  /// kill. Errors: too little, too much, memory.max cannot be written.
  [[nodiscard]] Status move(Bytes wanted);
  /// To be called with each step: what reclaim without swap cannot take.
  void look(Bytes used);

  /// What the build may use, as last said.
  [[nodiscard]] Bytes limit() const { return area_.wall; }

 private:
  SharedArea& area_;
  const cgroup::Home& home_;
  Worker& worker_;
};

/// The limit as it is now, for advice: a limit that was moved is the user's, whoever set the one that was `chosen`.
[[nodiscard]] report::RunningLimit running_limit(const SharedArea& area, const RunLimit& chosen);

}  // namespace memguard::supervisor
