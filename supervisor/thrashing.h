// A build that thrashes: what runs needs little more than the limit, so that the kernel kills nobody. It drops the text
// of the very program that runs, which is read from the disk again and again, and the build hardly gets on.
//
// It shows in `workingset_refault*` of memory.stat and in PSI full (mm/workingset.c, psi.rst of the kernel). Only tier
// full tells of it.
#pragma once

#include <cstdint>
#include <optional>

#include "supervisor/live_jobs.h"
#include "supervisor/shared_area.h"

namespace memguard::supervisor {

/// Finds out whether the build thrashes though one job has next to all of its memory: then nothing but more memory
/// helps. Where several have some, policy stops all but one first.
class ThrashingWatch {
 public:
  /// The build at one look.
  struct Seen {
    Instant at{};
    /// How long all of it stood still for memory so far (Pressure::full).
    Duration stalled{};
    /// MemoryStat's.
    std::uint64_t refaults = 0;
  };
  /// A job that hardly gets on.
  struct Thrashing {
    policy::JobId job{};
    Instant since{};
    /// What was dropped since then and read again.
    Bytes read_again{};
  };

  /// `area`, which keeps what took longest, must outlive it.
  explicit ThrashingWatch(SharedArea& area) : area_(area) {}

  /// To be called at each reading.
  void look(const Seen& seen, const LiveJobs& jobs);
  /// Who hardly gets on, as of the last 5 s; nothing when the build gets on, and before 1 GiB was read again.
  [[nodiscard]] std::optional<Thrashing> now() const;

 private:
  void note(Duration lasted);

  SharedArea& area_;
  std::optional<Seen> base_;
  std::optional<Thrashing> now_;
};

}  // namespace memguard::supervisor
