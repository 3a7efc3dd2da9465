// Where we are in the cgroup hierarchies: mounts, our own directory, and whether it is ours to divide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace memguard::cgroup {

/// One mounted hierarchy, from a line of /proc/PID/mountinfo (proc(5)).
struct Mount {
  /// The directory of the hierarchy that is mounted; "/" unless bind-mounted. Seen from our cgroup namespace: "/.."
  /// and the like lie above its root (cgroup_namespaces(7)).
  std::string root;
  /// Where.
  std::string point;
  bool read_only = false;
};
/// The mounts of cgroup2, or of the v1 hierarchy that has `controller`, in the order of the text.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view mountinfo, std::string_view controller = {});

/// Our path in cgroup2, or in the v1 hierarchy that has `controller`, from /proc/self/cgroup (cgroups(7)). Nothing when
/// we are in none, or in a removed one (" (deleted)").
[[nodiscard]] std::optional<std::string> parse_own_path(std::string_view cgroup, std::string_view controller = {});

/// The directory where `path` shows in `mount`; nothing when it lies outside of what is mounted there.
[[nodiscard]] std::optional<std::string> directory_of(const Mount& mount, const std::string& path);

/// Our place in one hierarchy.
struct Location {
  Mount mount;
  /// Our own cgroup's directory, which exists. Nothing where the mount does not show it.
  std::optional<std::string> own;
};
/// Looks for us in cgroup2, or in the v1 hierarchy that has `controller`. A `mount_point` that is not empty is taken as
/// the mount of the whole hierarchy. Nothing when the hierarchy is not mounted, or what it was mounted on is covered.
[[nodiscard]] std::optional<Location> locate(const std::string& mount_point, std::string_view controller = {});

/// The directory whose division among runs we join: the parent when `own` was made by another memguard (its guests, or
/// a run), else `own` itself.
[[nodiscard]] std::string root_candidate(const std::string& own);
/// True for the name of a run: "memguard-" and a pid, nothing else.
[[nodiscard]] bool is_run_name(std::string_view name);

/// Whether this process may make groups in `directory` and move processes there: EACCES, EROFS, ENOENT.
[[nodiscard]] Status check_writable(const std::string& directory);

/// True for the true root of cgroup2: alone it has neither cgroup.type nor cgroup.events, and may hold processes beside
/// groups below it. The root of a cgroup namespace is an ordinary group.
[[nodiscard]] bool is_hierarchy_root(const std::string& directory);

/// Whoever may stop everything that runs in our place, and would not find it elsewhere: the unit of systemd we are in
/// ("nightly.service"), or the job of a scheduler ("job_12"). `own_cgroups` is the text of /proc/self/cgroup. Nothing
/// for what a user starts programs from: a login session, a desktop's terminal, and a manager itself. A scope of ours
/// is nobody else's.
[[nodiscard]] std::optional<std::string> holder_of(std::string_view own_cgroups);

/// True when systemd is the system's manager (sd_booted(3)): then cgroups named by its units are its own.
[[nodiscard]] bool systemd_runs();

/// True when its manager gave the group to who runs in it: systemd's mark for Delegate=yes, or nobody manages it.
[[nodiscard]] bool is_delegated(const std::string& directory);

}  // namespace memguard::cgroup
