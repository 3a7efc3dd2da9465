// One cgroup: a method per control file. All numbers are typed, all texts strictly parsed.
//
// A group that was removed, or that is only gone because its last process ended, answers with an error for which
// `Error::gone()` holds; callers treat that as "no processes left".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "cgroup/cgroup_dir.h"
#include "proc/machine.h"

namespace memguard::cgroup {

/// From memory.stat (mm/memcontrol.c memory_stat_format). Fields that an older kernel lacks are 0.
struct MemoryStat {
  Bytes anon{};
  /// Page cache, with `shmem`.
  Bytes file{};
  /// All that the kernel has for the group but buffers of sockets: stacks, page tables, slab, per-processor and vmalloc
  /// memory, what zswap has compressed. Before 5.18 the sum of those that are told one by one.
  Bytes kernel{};
  /// Files in tmpfs, System V and POSIX shared memory, mapped by a process or not.
  Bytes shmem{};
  /// What reclaim without swap cannot take: anonymous memory, and all of held().
  [[nodiscard]] Bytes unreclaimable() const;
  /// What reclaim can take without writing anything to swap.
  [[nodiscard]] Bytes reclaimable() const;
  /// Of unreclaimable(), what is no anonymous memory: files in tmpfs, buffers of sockets, the kernel's own, locked
  /// files, huge pages. Most of it no process maps, so that no process shows it.
  [[nodiscard]] Bytes held() const;
  /// Page cache that reclaim passes over: locked (mlock(2)), in ramfs, secret (memfd_secret(2)).
  [[nodiscard]] Bytes locked_files() const;
  Bytes slab_reclaimable{};
  /// Pages of files (and of shmem) that are mapped: the text of running programs, and what they map to read.
  Bytes file_mapped{};
  /// Buffers of sockets.
  Bytes sock{};
  /// Huge pages (hugetlbfs), where the mount option memory_hugetlb_accounting charges them (6.6, told since 6.13).
  Bytes hugetlb{};
  /// Pages that came back after they had been reclaimed, from files and from swap.
  std::uint64_t refaults = 0;
  /// What came back from files.
  Bytes file_refaults{};
  /// Pages of the group that were looked at for reclaim by who needed memory, not by kswapd; 0 before 6.0.
  std::uint64_t direct_scans = 0;
  /// Page cache on the lists that reclaim works on; nothing where the text does not tell.
  std::optional<Bytes> file_on_lists{};
};

/// From memory.events: how often each thing happened, in this cgroup and below.
struct MemoryEvents {
  std::uint64_t high = 0;
  std::uint64_t max = 0;
  std::uint64_t oom = 0;
  std::uint64_t oom_kill = 0;
};

/// From cgroup.events.
struct CgroupEvents {
  bool populated = false;
  /// Every process below has stopped; not merely asked to (kernel/cgroup/freezer.c).
  bool frozen = false;
};

/// Errors: no `anon` or `file`, or a number that is none. Another line that is missing is 0.
[[nodiscard]] Result<MemoryStat> parse_memory_stat(std::string_view text);
/// Errors: a line that is missing, or a number that is none.
[[nodiscard]] Result<MemoryEvents> parse_memory_events(std::string_view text);
/// Errors: a line that is missing, or a number that is none.
[[nodiscard]] Result<CgroupEvents> parse_cgroup_events(std::string_view text);
/// Pids one a line; 0 (a process outside our pid namespace) is left out.
[[nodiscard]] Result<std::vector<pid_t>> parse_procs(std::string_view text);
/// "max" or a number of bytes, as in memory.max.
[[nodiscard]] Result<Bytes> parse_limit(std::string_view text);
/// Names separated by blanks, as in cgroup.controllers.
[[nodiscard]] std::set<std::string> parse_controllers(std::string_view text);

class Group {
 public:
  /// Of a directory that is open. Errors of all that follows: errno of the file; gone() when the group was removed.
  explicit Group(std::unique_ptr<CgroupDir> dir) : dir_(std::move(dir)) {}

  // --- processes
  /// cgroup.procs of this group alone, not of those below.
  [[nodiscard]] Result<std::vector<pid_t>> procs() const;
  /// The same with all groups below.
  [[nodiscard]] Result<std::vector<pid_t>> procs_below() const;
  /// Moves the whole process in. Waits for an RCU grace period: 8 to 20 ms on SMP (kernel-notes, finding 5). A process
  /// that is gone is an error with gone().
  [[nodiscard]] Status add(pid_t pid) const;
  /// Moves every process of this group into `target`, again until none is left: forks race with the moving.
  [[nodiscard]] Status move_all_to(const Group& target) const;
  /// cgroup.kill: SIGKILL to everyone here and below, frozen ones included. Before 5.14: freeze, kill each, thaw.
  [[nodiscard]] Status kill() const;
  /// Waits until nobody is left here and below; EBUSY after `patience`. For after kill(): it looks every few ms.
  [[nodiscard]] Status wait_empty(Duration patience) const;

  // --- freezing
  /// Writes cgroup.freeze; the kernel stops the processes later: see events().frozen.
  [[nodiscard]] Status set_frozen(bool frozen) const;
  /// cgroup.events: whether anybody is in it, and whether all have stopped.
  [[nodiscard]] Result<CgroupEvents> events() const;

  // --- memory: ENOENT without the controller
  [[nodiscard]] Result<MemoryStat> memory_stat() const;
  /// memory.events: of this group and all below it.
  [[nodiscard]] Result<MemoryEvents> memory_events() const;
  /// With page cache.
  [[nodiscard]] Result<Bytes> memory_current() const;
  /// Unlimited when it is "max".
  [[nodiscard]] Result<Bytes> memory_max() const;
  /// Unlimited when it is "max".
  [[nodiscard]] Result<Bytes> memory_high() const;
  /// Below what is used it reclaims, and then kills, before it returns.
  [[nodiscard]] Status set_memory_max(Bytes limit) const;
  /// Downwards it reclaims before it returns, seconds for GiB: never on the event loop.
  [[nodiscard]] Status set_memory_high(Bytes limit) const;
  /// memory.swap.max; ENOENT without swap accounting.
  [[nodiscard]] Status set_swap_max(Bytes limit) const;
  /// memory.oom.group: whether the kernel kills all of it for one.
  [[nodiscard]] Status set_oom_group(bool together) const;
  /// Whether the kernel reclaims on demand and we may ask it to (memory.reclaim, 5.19).
  [[nodiscard]] bool can_reclaim() const;
  /// Writes up to `amount` of what processes have themselves to swap, and returns what there is more in swap then. From
  /// 6.9 on it takes nothing else (swappiness=200); before, the kernel chooses, and may take page cache instead. Takes
  /// as long as the device takes: never on the event loop.
  [[nodiscard]] Result<Bytes> swap_out(Bytes amount) const;
  /// memory.swap.current.
  [[nodiscard]] Result<Bytes> swap_current() const;
  /// memory.pressure; also there without the controller.
  [[nodiscard]] Result<proc::Pressure> memory_pressure() const;
  /// cpu.pressure; also there without the controller. Errors: no line `full`, which it has since Linux 5.13.
  [[nodiscard]] Result<proc::Pressure> cpu_pressure() const;
  /// A PSI trigger: fires when tasks stalled for `stall` within `window` ("full" or "some"). Unprivileged windows are
  /// multiples of 2 s.
  [[nodiscard]] Result<UniqueFd> pressure_trigger(std::string_view kind, Duration stall, Duration window) const;

  // --- the tree
  [[nodiscard]] Result<std::set<std::string>> controllers() const;
  /// Those that the groups below may use (cgroup.subtree_control).
  [[nodiscard]] Result<std::set<std::string>> enabled_controllers() const;
  /// Lets the groups below use a controller. EBUSY while this group has processes of its own.
  [[nodiscard]] Status enable_controller(const std::string& controller) const;
  /// Takes a controller from the groups below. EBUSY while one of them passes it on.
  [[nodiscard]] Status disable_controller(const std::string& controller) const;
  /// Makes a group below, marked so that systemd-oomd avoids it (user.oomd_avoid is not inherited).
  [[nodiscard]] Result<Group> make(const std::string& name) const;
  /// A group below that is there. ENOENT when it is not.
  [[nodiscard]] Result<Group> open(const std::string& name) const;
  /// Removes a group below with all that is below it, bottom up, EBUSY tried again for up to `patience`; it must have
  /// no processes, or be about to lose them (after kill).
  [[nodiscard]] Status remove(const std::string& name, Duration patience) const;

  /// The full path of its directory.
  [[nodiscard]] const std::string& path() const { return dir_->path(); }
  /// For what this class has no word for.
  [[nodiscard]] CgroupDir& dir() const { return *dir_; }

 private:
  std::unique_ptr<CgroupDir> dir_;
};

}  // namespace memguard::cgroup
