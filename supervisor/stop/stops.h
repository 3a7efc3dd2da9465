// Carries the policy's decisions about jobs out: answers execs, and has jobs stopped and started by the worker.
#pragma once

#include <functional>
#include <set>

#include "policy/decision.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/loop/worker.h"
#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {

class Stops {
 public:
  struct Gate {
    int listener = -1;
    /// False: a job can only be held by leaving its exec unanswered (kernels before 5.19).
    bool wait_killable = false;
  };
  /// What a hold came to, for the supervisor to draw conclusions.
  using HoldEnded = std::function<void(policy::JobId, HoldOutcome)>;
  /// All processes of the build; others may be among them.
  using Processes = std::function<std::vector<proc::Stat>()>;

  /// All must outlive it; `has_leaves` is false in tier `signal`.
  Stops(Gate gate, bool has_leaves, LiveJobs& jobs, Stopper& stopper, Worker& worker, Processes processes,
        HoldEnded hold_ended);

  /// The jobs were taken over from a supervisor before us: their leaves are in use.
  void adopted();
  /// Lets a waiting or held job run.
  void admit(LiveJob& job, Instant now);
  /// Keeps a waiting job at birth; one that waits in no slot is past that and is stopped where it is.
  void hold(LiveJob& job, Instant now);
  /// Stops those of these jobs that run, with what they started that is no job. All at once: finding that takes a look
  /// at every process of the build.
  void freeze(const std::vector<policy::JobId>& jobs, Instant now);
  /// Those that the decision freezes.
  void freeze_all_of(const policy::Decision& decision, Instant now);
  /// Lets those of these jobs go on that are frozen.
  void thaw(const std::vector<policy::JobId>& jobs, Instant now);
  /// Gives every job that runs and has no leaf one of its own: what it takes from now on can be reclaimed when it is
  /// frozen. What it has started already stays where it is.
  void place_running();
  /// Lets every job run and leaves it alone from now on.
  void release(LiveJob& job, Instant now);
  /// Lets families go of which a stopped job has a signal pending that is meant to end it.
  void let_signals_through(Instant now);
  /// Disowns jobs whose exec has failed: answered over 1 s ago, and they sleep or work in their old program. Those that
  /// wait for a disk or for a processor are given all the time they need.
  void drop_failed_execs(Instant now);
  /// Stops those again that somebody's SIGCONT woke (tier `signal`: Ctrl-Z and fg continue the whole group).
  void stop_again();
  /// The job has ended: its leaf is free when no other job of its family is in it.
  void forget(LiveJob& job);
  /// Lets the exec that waits in `slot` go on and frees the slot.
  void answer(GateSlot& slot) const;

 private:
  void hold_late(LiveJob& job);
  void on_hold(const ExecFacts& facts, policy::JobId id, int leaf, HoldOutcome outcome);
  void freeze(LiveJob& job, const std::vector<proc::Stat>& everyone, Instant now);
  [[nodiscard]] int take_leaf();
  void place(LiveJob& job);
  [[nodiscard]] bool born_in_leaf(const LiveJob& job) const;
  void start(LiveJob& job);

  Gate gate_;
  bool has_leaves_;
  LiveJobs& jobs_;
  Stopper& stopper_;
  Worker& worker_;
  Processes processes_;
  HoldEnded hold_ended_;
  std::set<int> leaves_in_use_;
};

}  // namespace memguard::supervisor
