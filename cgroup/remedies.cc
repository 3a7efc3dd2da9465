#include "cgroup/remedies.h"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "cgroup/location.h"
#include "proc/lines.h"

namespace memguard::cgroup {
namespace {

std::string remedy_for_read_only(Container container) {
  switch (container) {
    case Container::docker:
      return "Start the container with --privileged, or with --cgroupns=private -v /sys/fs/cgroup:/sys/fs/cgroup:rw.";
    case Container::podman:
      return "Start the container with --security-opt unmask=/sys/fs/cgroup.";
    case Container::kubernetes:
      return "Kubernetes has no setting for it yet; a privileged container has a writable one, CRI-O with the "
             "annotation "
             "io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw, containerd 2.1 with cgroup_writable = true.";
    case Container::none:
      return "As root: mount -o remount,rw the cgroup2 file system.";
  }
  return {};
}

/// The row of /proc/cgroups says `enabled 0` after cgroup_disable=memory (Raspberry Pi OS boots so).
bool memory_is_disabled(std::string_view proc_cgroups) {
  for (const auto line : proc::split(proc_cgroups, "\n")) {
    const auto fields = proc::split(line, "\t ");
    if (fields.size() == 4 && fields[0] == "memory") return fields[3] == "0";
  }
  return false;
}

}  // namespace

Container container_here() {
  // Nobody changes the environment while this runs: memguard starts its threads later.
  if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return Container::kubernetes;  // NOLINT(concurrency-mt-unsafe)
  if (::access("/run/.containerenv", F_OK) == 0) return Container::podman;
  if (::access("/.dockerenv", F_OK) == 0) return Container::docker;
  return Container::none;
}

Missing missing_cgroup2(std::string_view own_cgroups) {
  if (own_cgroups.empty()) {
    return {"/proc/self/cgroup cannot be read: neither cgroups nor the limits they set are known",
            "Mount /proc here: mount -t proc proc /proc, or bwrap --proc /proc."};
  }
  if (parse_own_path(own_cgroups)) {
    return {
        "cgroup v2 cannot be seen in this chroot or sandbox, and the limits it sets neither",
        "Mount it here (as root: mount -t cgroup2 none /sys/fs/cgroup; bwrap --bind /sys/fs/cgroup /sys/fs/cgroup), "
        "or say the limit by --memory."};
  }
  return {"cgroup v2 is not mounted",
          "Boot with systemd.unified_cgroup_hierarchy=1, or as root: mount -t cgroup2 none /sys/fs/cgroup/unified."};
}

Missing missing_write_access(const std::string& directory, const Error& why, Container container) {
  if (why.code == EROFS) return {fmt::format("{} is mounted read-only", directory), remedy_for_read_only(container)};
  return {
      fmt::format("no cgroup that this user may divide ({})", why.text()),
      "Run below a systemd user manager (loginctl enable-linger), in a service with Delegate=yes and User=, or have "
      "root make a group and give its directory, cgroup.procs, cgroup.threads and cgroup.subtree_control to you."};
}

Missing missing_delegation(const std::string& directory) {
  return {fmt::format("{} is not delegated to us by systemd", directory),
          "Set Delegate=yes in the [Service] section of the unit that starts the build."};
}

Missing missing_freedom(const std::string& holder) {
  const bool service = holder.ends_with(".service");
  if (service || holder.ends_with(".scope")) {
    return {fmt::format("the build must stay in {}, whose stop is to end it, and may not divide that", holder),
            service
                ? fmt::format("Set Delegate=yes in the [Service] section of {}.", holder)
                : "Start that scope with Delegate=yes: systemd-run --scope -p Delegate=yes (with --user as a user)."};
  }
  return {fmt::format("the build must stay in {} of the scheduler, whose end is to end it, and may not divide that",
                      holder),
          "Have root (a prolog of the scheduler) give the job's cgroup to its user: directory, cgroup.procs, "
          "cgroup.threads and cgroup.subtree_control."};
}

Missing missing_scope(const Error& why, bool user_manager) {
  if (!user_manager) {
    return {fmt::format("no scope from the systemd system manager ({})", why.text()),
            "Start the build in a service with Delegate=yes, or by: systemd-run --scope -p Delegate=yes."};
  }
  return {fmt::format("no scope from the systemd user manager ({})", why.text()),
          fmt::format("Log in with pam_systemd, or run: loginctl enable-linger; and set XDG_RUNTIME_DIR=/run/user/{}.",
                      ::getuid())};
}

Missing missing_tree(const std::string& directory, const Error& why) {
  return {fmt::format("cgroups for the build could not be made below {} ({})", directory, why.text()),
          "Nobody but memguard may move processes in there: start the build in a group of its own, for instance by "
          "systemd-run --scope -p Delegate=yes (with --user as a user)."};
}

Missing missing_freezer() { return {"this kernel has no cgroup.freeze", "Linux 5.2 brought it; 6.1 is recommended."}; }

Missing missing_memory_controller(const std::string& directory, std::string_view proc_cgroups,
                                  std::string_view own_cgroups) {
  if (memory_is_disabled(proc_cgroups)) {
    return {
        "the kernel was booted without the memory controller",
        "Boot with cgroup_enable=memory (Raspberry Pi: in /boot/firmware/cmdline.txt), without cgroup_disable=memory."};
  }
  if (parse_own_path(own_cgroups, "memory")) {
    return {"no memory controller in cgroup v2: it is in use as cgroup v1 (hybrid hierarchy)",
            "Boot with systemd.unified_cgroup_hierarchy=1; without systemd, with cgroup_no_v1=memory."};
  }
  return {fmt::format("no memory controller in {}", directory),
          systemd_runs() ? "Set Delegate=yes in the unit that starts the build; for user sessions in a drop-in of "
                           "user@.service (systemctl edit user@.service), then log in again."
                         : "As root: write +memory to cgroup.subtree_control of every group above it."};
}

}  // namespace memguard::cgroup
