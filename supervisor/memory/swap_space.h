// What of the build could be written to swap, so that policy may reclaim: tier `full` with swap, from Linux 5.19 on.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "cgroup/home.h"
#include "policy/observation.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// Memory of a process stays charged to the cgroup in which it was first touched (cgroup-v2.rst, "Memory Ownership"),
/// and a cgroup's reclaim takes only what is charged to it. So of a job only what it took while it sat in a leaf of its
/// own can go to swap on its own account, and what it took in `main/` cannot.
class SwapSpace {
 public:
  /// What can still be swapped.
  using Left = std::function<Bytes()>;

  /// `home` must outlive it. Without `left` the machine and the build's groups are asked.
  explicit SwapSpace(const cgroup::Home& home, Left left = {});

  /// The kernel reclaims on demand, and the build may swap now.
  [[nodiscard]] bool usable() const { return room_ > Bytes{}; }
  /// What memory.swap.max of the build and of all groups above it, and the machine's swap, leave.
  [[nodiscard]] Bytes room() const { return room_; }

  /// Reads anew what is left, and what is charged to the leaves of these jobs; at most four times a second.
  void read(const LiveJobs& jobs, Instant now);
  /// Tells policy what of the job's memory cannot be swapped. Each job has a leaf of its own.
  void complete(policy::JobSeen& seen, const LiveJob& job);
  /// Something was written out or came back: the next reading is due.
  void expire() { read_at_.reset(); }

 private:
  const cgroup::Home& home_;
  Left left_;
  bool can_reclaim_ = false;
  std::optional<Instant> read_at_;
  Bytes room_;
  /// Anonymous and shared memory charged to each leaf.
  std::map<int, Bytes> charged_;
};

}  // namespace memguard::supervisor
