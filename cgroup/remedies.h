// What a machine lacks for a better tier, in words for its user: each with the command or setting that brings it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cgroup/tier.h"

namespace memguard::cgroup {

/// Who runs the container we are in, if anyone. A sandbox (bwrap, unshare) is one inside whatever else there is.
enum class Container : std::uint8_t { none, docker, podman, kubernetes, sandbox };
/// From /.dockerenv, /run/.containerenv and $KUBERNETES_SERVICE_HOST, which each of them leaves for its guests. A
/// sandbox leaves nothing: there we are in another mount or user namespace than PID 1, or PID 1 is bwrap.
[[nodiscard]] Container container_here();

/// cgroup2 is not mounted where we are, or covered: the system has none, or a chroot or a container hides it, which
/// `own_cgroups`, the text of /proc/self/cgroup, tells.
[[nodiscard]] Missing missing_cgroup2(std::string_view own_cgroups, Container container);
/// `directory` could not be written, for `why`: a read-only mount, or another user's.
[[nodiscard]] Missing missing_write_access(const std::string& directory, const Error& why, Container container);
/// `directory` is a unit of systemd that was not delegated.
[[nodiscard]] Missing missing_delegation(const std::string& directory);
/// `holder` (cgroup::holder_of) may stop all that runs here, so that the build must stay here, and may not divide it;
/// with `read_only`, because the mount of cgroup2 is so.
[[nodiscard]] Missing missing_freedom(const std::string& holder, bool read_only = false);
/// No scope could be had from the user manager, or as root from the system manager, for `why`.
[[nodiscard]] Missing missing_scope(const Error& why, bool user_manager);
/// The group tree could not be made below `directory`.
[[nodiscard]] Missing missing_tree(const std::string& directory, const Error& why);
/// The kernel has no cgroup.freeze.
[[nodiscard]] Missing missing_freezer();

/// Why a group below `directory` has no memory controller. `proc_cgroups` is the text of /proc/cgroups, `own_cgroups`
/// that of /proc/self/cgroup.
[[nodiscard]] Missing missing_memory_controller(const std::string& directory, std::string_view proc_cgroups,
                                                std::string_view own_cgroups, Container container);

}  // namespace memguard::cgroup
