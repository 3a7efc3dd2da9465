// A build that thrashes: a job needs little more than the limit, so that the kernel kills nobody. The kernel drops the
// text of the very program that runs, which is read from the disk again and again, and the job hardly gets on.
//
// Thrashing shows in `workingset_refault_file` of memory.stat (mm/workingset.c of the kernel), and where there is PSI
// in the time that everything stood still. Only tier full tells of it.
#pragma once

#include <optional>

#include "supervisor/area/shared_area.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// Finds out whether one job hardly gets on, though its family has next to all memory that is used: then nothing but
/// more memory helps. Where several families have some, policy stops all but one first.
class ThrashingWatch {
 public:
  /// The build at one look.
  struct Seen {
    Instant at{};
    /// What reclaim without swap cannot take, and the most that it may be.
    Bytes used{};
    Bytes limit{};
    /// How long everything stood still for memory so far (Pressure::full); 0 without PSI.
    Duration stalled{};
    /// MemoryStat's, so far.
    Bytes read_again{};
  };
  /// A job that hardly gets on.
  struct SlowJob {
    policy::JobId job{};
    Instant since{};
    Duration lasted{};
    /// Since then.
    Bytes read_again{};
    /// The memory that it has, and may have.
    Bytes has{};
    Bytes limit{};
  };

  /// `area`, which keeps what took longest, must outlive it.
  explicit ThrashingWatch(SharedArea& area) : area_(area) {}

  /// To be called at each reading.
  void look(const Seen& seen, const LiveJobs& jobs);
  /// Who hardly gets on, as of the last 5 s: when that has lasted for 10 s, and 1 GiB was read again. Else nothing.
  [[nodiscard]] std::optional<SlowJob> now() const;

 private:
  void note();

  SharedArea& area_;
  std::optional<Seen> base_;
  std::optional<SlowJob> slow_;
};

}  // namespace memguard::supervisor
