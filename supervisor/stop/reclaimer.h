// Carries `Reclaim` out: writes memory of a frozen family to swap, on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>

#include "cgroup/home.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/loop/worker.h"

namespace memguard::supervisor {

class Reclaimer {
 public:
  /// What a piece came to.
  struct Outcome {
    policy::FamilyId family{};
    Bytes written;
    Duration took{};
  };
  using Done = std::function<void(const Outcome&)>;

  /// All must outlive it. The worker should have nothing else to do: writing to a slow disk takes seconds, and neither
  /// a thaw nor the lifting of memory.high may wait for that. `done` runs on the loop.
  Reclaimer(const cgroup::Home& home, const LiveJobs& jobs, Worker& worker, Done done)
      : home_(home), jobs_(jobs), worker_(worker), done_(std::move(done)) {}

  /// Begins to write out so much of the frozen jobs of a family. Nothing happens while it is busy.
  void reclaim(policy::FamilyId family, Bytes amount);
  /// The family runs again or was killed: what has not been written yet stays, but for the slice that is on its way.
  void stop(policy::FamilyId family);
  /// Something is still being written out.
  [[nodiscard]] bool busy() const { return busy_; }

 private:
  [[nodiscard]] std::set<int> leaves_of(policy::FamilyId family) const;
  [[nodiscard]] Bytes write_out(const std::set<int>& leaves, Bytes amount) const;

  const cgroup::Home& home_;
  const LiveJobs& jobs_;
  Worker& worker_;
  Done done_;
  bool busy_ = false;
  policy::FamilyId family_{};
  /// Read by the worker between two slices.
  std::atomic<bool> stopped_ = false;
};

}  // namespace memguard::supervisor
