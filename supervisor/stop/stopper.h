// How jobs are stopped and started again on this machine: by cgroup, or by signals where no cgroup can be written.
//
// Everything here may sleep (moving a process waits for an RCU grace period) and runs on the worker, but for the
// constructors.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/pinned.h"
#include "cgroup/home.h"
#include "proc/process.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// What became of a job that was to be held at birth.
enum class HoldOutcome : std::uint8_t {
  /// Its exec is done, and it stopped before the first instruction of the new program.
  held,
  /// The exec failed (bad format, missing interpreter): the caller runs on as it was, nothing is held.
  exec_failed,
  /// The process died meanwhile.
  gone,
  /// It sits outside our tree and is not ours to stop: it runs.
  outside,
  /// The kernel refused to stop it: it runs.
  runs,
  /// The exec takes longer than usual (a cold disk, reclaim): ask `look_again`.
  under_way,
};

/// The processes of one job or family, and the leaf cgroup that is theirs (-1: none yet).
struct StopTarget {
  int leaf = -1;
  std::vector<proc::Identity> processes;
};

class Stopper : Pinned {
 public:
  /// What is stopped stays so.
  virtual ~Stopper() = default;

  /// Stops a job at birth: lets the exec `notification` waits in go on, such that the new program does not run. Answers
  /// the notification in every case.
  [[nodiscard]] virtual HoldOutcome hold(const ExecFacts& job, std::uint64_t notification, int leaf) = 0;
  /// What a hold that was under way has come to since.
  [[nodiscard]] virtual HoldOutcome look_again(const ExecFacts& job, int leaf) = 0;
  /// Moves a process that runs into `target.leaf`, so that what it takes from now on is charged there.
  [[nodiscard]] virtual Status place(const StopTarget& target) = 0;
  /// Stops processes that run. Those in no leaf are moved into `target.leaf` first.
  [[nodiscard]] virtual Status freeze(const StopTarget& target) = 0;
  /// Lets them run again.
  [[nodiscard]] virtual Status thaw(const StopTarget& target) = 0;
  /// True when the first of these processes is stopped, as `freeze` or `hold` stop.
  [[nodiscard]] virtual bool is_stopped(const StopTarget& target) = 0;
  /// Puts in order what a supervisor before us left: lets all run but what is in the leaves `stopped`, and moves to
  /// `main/` what is in a leaf that is not `used` by any job, which would be stopped with the next job there.
  virtual void clear_leaves(const std::set<int>& stopped, const std::set<int>& used) = 0;
  /// The jobs of a leaf have ended: what is left in it is no job and goes back to `main/`.
  virtual void vacate(int leaf) = 0;
};

/// cgroup.freeze of leaf cgroups `build/job-N`, which are made when first needed and reused: a removed cgroup lives on
/// while page cache is charged to it. `home` and `listener` must outlive it.
[[nodiscard]] std::unique_ptr<Stopper> make_cgroup_stopper(const cgroup::Home& home, int listener);

/// SIGSTOP and SIGCONT (tier `signal`).
[[nodiscard]] std::unique_ptr<Stopper> make_signal_stopper(int listener);

/// Waits, at most 100 ms, until the job's process runs another program than before its exec: `held`. `exec_failed`: it
/// is stopped in the old one; `under_way`: it is neither.
[[nodiscard]] HoldOutcome await_exec(const ExecFacts& job);

}  // namespace memguard::supervisor
