// A limit above us that we cannot read: that of a pod, of `docker --cgroups=split`, of whoever made our cgroup
// namespace or hid /sys/fs/cgroup. It shows when it is hit, and what the build used then is the most that it may use
// from there on.
//
// Hit by a kill: the kernel killed something of the build for memory, not at the build's own limit (`oom` of
// memory.events), while the machine and all groups that we can see had memory left.
// Hit by throttling: the build stood still for memory (PSI full), though neither its own memory.high nor its memory.max
// was hit, no group that we can see was near its limit, and the machine reclaimed for nobody (/proc/vmstat). Pages that
// come back from a disk are such stalls too: so either few came back, or somebody reclaimed from the build meanwhile.
// Only tier full tells of this.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/group.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/memory/run_limit.h"

namespace memguard::supervisor {

class HiddenLimit {
 public:
  /// The build at one look.
  struct Seen {
    Instant at{};
    /// What reclaim without swap cannot take.
    Bytes used{};
    /// Of build/. Without a memory controller of our own, SharedArea::outside_kills tells of kills.
    std::optional<cgroup::MemoryEvents> events{};
    /// How long all of it stood still for memory so far; nothing without PSI.
    std::optional<Duration> stalled{};
    /// MemoryStat's.
    std::uint64_t refaults = 0;
    std::uint64_t direct_scans = 0;
  };
  /// What the machine shows; tests show something else.
  struct Machine {
    std::function<Result<MemoryAround>()> look;
    std::function<Result<std::uint64_t>()> direct_reclaims;
  };

  /// `area` must outlive it. What was learnt is kept there, for the next supervisor.
  explicit HiddenLimit(SharedArea& area);
  /// With another reader of the machine, for tests. What is found is kept in the area, which must outlive it.
  HiddenLimit(SharedArea& area, Machine machine);

  /// To be called at each reading. True when the limit was learnt, or became less, by this one.
  bool look(const Seen& seen);
  /// The most that the build may use, as far as it is learnt; unlimited before.
  [[nodiscard]] Bytes limit() const;

 private:
  struct Base {
    Seen seen;
    std::uint64_t direct_reclaims = 0;
    /// The least that was used since.
    Bytes least;
  };
  [[nodiscard]] std::uint64_t new_kills(const Seen& seen);
  bool on_kills(const Seen& seen, std::uint64_t kills);
  bool watch_stalls(const Seen& seen);
  [[nodiscard]] bool throttled_from_outside(const Seen& seen) const;
  void begin_watch(const Seen& seen);
  bool learn(Bytes most, Bytes hit);

  SharedArea& area_;
  Machine machine_;
  /// Of the last second.
  std::vector<Seen> recent_;
  std::optional<Instant> own_limit_hit_at_;
  std::optional<Base> base_;
};

/// What was learnt, in a sentence for the user; empty when nothing was.
[[nodiscard]] std::string hidden_limit_text(const SharedArea& area);

}  // namespace memguard::supervisor
