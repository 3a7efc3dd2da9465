// Memory that no process shows: files in tmpfs (/tmp, /dev/shm, a target folder there), buffers of sockets, locked page
// cache. It is charged to the build and cannot be reclaimed, so it counts against the limit; but a job that writes
// 100 MiB into /tmp has 1 MiB in /proc. Only tier full tells of it (memory.stat).
#pragma once

#include <optional>
#include <string>

#include "cgroup/group.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// Counts it to the jobs that run while it becomes more (LiveJob::unmapped), in equal parts, and takes it from them
/// when it becomes less. What a job leaves behind counts against the limit only: nobody needs it again for the next
/// one.
class Unmapped {
 public:
  /// `area` must outlive it.
  explicit Unmapped(SharedArea& area) : area_(area) {}

  /// To be called with each reading of the build, after its jobs were measured.
  void look(const cgroup::MemoryStat& stat, LiveJobs& jobs);

 private:
  void note_peak(const cgroup::MemoryStat& stat);

  SharedArea& area_;
  std::optional<Bytes> before_;
};

/// What a large part of the build's memory was at its peak, and what to do about it, when no process had it: in a
/// sentence for the user. Empty where that was less than a tenth.
[[nodiscard]] std::string unmapped_text(const SharedArea& area);

}  // namespace memguard::supervisor
