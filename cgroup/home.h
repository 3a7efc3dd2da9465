// Where the build lives: how its tree is obtained, which limits lie above it, and how it goes away.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroup/tree.h"

namespace memguard::cgroup {

/// What a user may choose about it.
struct HomeWishes {
  /// Do not ask systemd for a scope (`--no-scope`).
  bool no_scope = false;
  /// Where cgroup2 is mounted; empty finds it in /proc/self/mountinfo. Tests point it elsewhere.
  std::string mount_point;
};

/// Finds or obtains a delegated root, in this order: a delegated subtree we sit in (its processes are moved to a leaf);
/// a transient scope from the systemd user manager, as root from the system manager; as root, a group made below the
/// root of the hierarchy. The last two only where nobody else's unit or job holds us (cgroup::holder_of), because its
/// stop would not end a build that has left. Makes the tree of this run, moves the calling process into `supervisor/`,
/// enables +memory +pids (+cpu +io) one by one. It never fails for lack of rights: then the tier is lower and `missing`
/// says why.
[[nodiscard]] Home obtain_home(const HomeWishes& wishes);

/// What obtain_home would get, without changing anything (for `memguard doctor`).
[[nodiscard]] Home survey_home(const HomeWishes& wishes);

/// Ends a run: kills what is left in `build/`, removes the tree (moving the calling process out of it first), and when
/// no other run is left gives the delegated root back as it was found. Called by the front at its end and by the
/// keeper.
[[nodiscard]] Status leave_home(Home& home);

/// A limit on this process from a cgroup above it, v1 or v2, as far as we may see.
struct LimitAbove {
  Bytes limit;
  /// What is left of it: limit - use + what reclaim could take. Negative where a memory.high is passed.
  Bytes available;
  /// The cgroup that sets it, for messages.
  std::string path;
  /// What is charged to that group, with its page cache.
  Bytes used{};
  /// The file that says so: memory.max, memory.high, memory.limit_in_bytes.
  std::string file = "memory.max";
  /// It is no wall: above it the kernel lets nobody allocate without a pause, up to 2 s for 256 KiB
  /// (mm/memcontrol.c mem_cgroup_handle_over_high), which for a build is as good as one.
  [[nodiscard]] bool throttles() const { return file == "memory.high"; }
};
/// "memory.high of /sys/fs/cgroup/ci".
[[nodiscard]] std::string name_of(const LimitAbove& limit);

/// What the groups from `directory` (its full path) up to the mount of cgroup2 still let it swap: the least of
/// memory.swap.max less memory.swap.current. Unlimited when none of them limits it.
[[nodiscard]] Bytes swap_left(const std::string& directory, const std::string& mount_point = {});

/// Every memory.max, memory.high and v1 limit above us, the tightest (by available) first. Empty when there is none. A
/// v1 limit of 2^63 rounded to pages is none, and so is a v1 soft limit: it only says who is reclaimed from first.
///
/// Made to be read again and again: it looks for the groups once, and their files stay open. What moves this process,
/// or gives a group above us a memory controller, is seen by a new one.
class LimitsAbove {
 public:
  /// Looks for the groups. `mount_point`: where cgroup2 is mounted; empty finds it.
  explicit LimitsAbove(const std::string& mount_point = {});
  /// What they say now.
  [[nodiscard]] std::vector<LimitAbove> read();

 private:
  std::vector<std::unique_ptr<CgroupDir>> v2_;
  std::vector<std::unique_ptr<CgroupDir>> v1_;
};

/// How many processors the groups above us let us use, v1 or v2: the least quota divided by its period (cpu.max,
/// cpu.cfs_quota_us). Nothing when none of them says so.
[[nodiscard]] std::optional<double> processors_above(const std::string& mount_point = {});

}  // namespace memguard::cgroup
