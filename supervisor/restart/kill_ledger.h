// Who was killed for memory, and who merely by somebody's `kill -9`. The kernel gives no reason with a SIGKILL, but it
// counts: `oom_kill` of memory.events rises in the victim's own cgroup before the signal is sent (mm/oom_kill.c
// __oom_kill_process), whichever limit it was that had been hit, the machine's own included.
//
// A job that died in a leaf of its own is therefore told exactly. Jobs in `main/` share one counter with each other and
// with all that is no job; there a kill is told by the counter being ahead of the deaths that were explained by it. A
// kill that no job explains within 10 s was of something else. Without a memory controller of our own the machine's
// counter stands in (`oom_kill` of /proc/vmstat), which kills in other containers raise as well.
//
// What was written off is counted: at the end the user is told that the kernel killed what was no job.
//
// What remains undecided: a `kill -9` of one job in `main/` while within those 10 s the kernel killed something else
// there. It is taken for a kill for memory, and started again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/units.h"
#include "cgroup/home.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

class KillLedger {
 public:
  /// Both must outlive it. What is explained is kept in the area, for the next supervisor.
  KillLedger(const cgroup::Home& home, SharedArea& area) : home_(home), area_(area) {}

  /// `limit` or `outside` when the kernel killed something for memory in one of `leaves` (numbers of leaf cgroups) or
  /// in `main/` that no death explained yet; it then is explained. Otherwise `none`. It was our limit when that was hit
  /// in the last 10 s (`oom` of memory.events).
  [[nodiscard]] report::Killer claim(std::span<const int> leaves, Instant now);
  /// Notes hits of the limit, and writes off what no job has explained in 10 s. To be called now and then.
  void look(Instant now);
  /// The build is over: what is not explained by now never will be.
  void close();

 private:
  [[nodiscard]] std::uint64_t count_in(int leaf) const;
  [[nodiscard]] std::uint64_t count_shared() const;
  void look(Instant now, std::uint64_t shared_kills);
  [[nodiscard]] bool explain(std::span<const int> leaves, std::uint64_t shared_kills);
  [[nodiscard]] std::uint64_t unexplained(std::uint64_t kills);
  void write_off(std::uint64_t kills);

  const cgroup::Home& home_;
  SharedArea& area_;
  std::optional<Instant> unexplained_since_;
  std::uint64_t limit_hits_ = 0;
  std::optional<Instant> limit_hit_at_;
};

/// `oom_kill` of /proc/vmstat (since 4.13); 0 when it is not there.
[[nodiscard]] std::uint64_t machine_oom_kills();

}  // namespace memguard::supervisor
