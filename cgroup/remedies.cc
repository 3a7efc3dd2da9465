#include "cgroup/remedies.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/io.h"
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
    case Container::sandbox:
      return "Show it writable to the sandbox: bwrap --bind /sys/fs/cgroup /sys/fs/cgroup behind --ro-bind / /.";
    case Container::none:
      return "As root: mount -o remount,rw the cgroup2 file system.";
  }
  return {};
}

/// Another user's groups. In a container a user manager or a unit is nowhere near.
std::string remedy_for_foreign(Container container) {
  switch (container) {
    case Container::docker:
    case Container::podman:
      return "Run as the container's root (without --user). " + remedy_for_read_only(container);
    case Container::kubernetes:
      return "Run as the container's root (runAsUser: 0). " + remedy_for_read_only(container);
    case Container::sandbox:
      return "Start the sandbox from a group that is yours: systemd-run --user --scope -p Delegate=yes bwrap --bind "
             "/sys/fs/cgroup /sys/fs/cgroup.";
    case Container::none:
      return "Run below a systemd user manager (loginctl enable-linger), in a service with Delegate=yes and User=, or "
             "have root make a group and give its directory, cgroup.procs, cgroup.threads and cgroup.subtree_control "
             "to you.";
  }
  return {};
}

/// What is booted is not the container's to say.
std::string on_the_machine(Container container, const std::string& boot_parameters) {
  return (container == Container::none ? "Boot with " : "Boot the machine that this container runs on with ") +
         boot_parameters;
}

/// The ids of all mounts that a text of mountinfo shows: no two mounts have the same, wherever they are.
std::set<std::string_view> mount_ids(std::string_view mountinfo) {
  std::set<std::string_view> ids;
  for (const auto line : proc::split(mountinfo, "\n")) ids.insert(line.substr(0, line.find(' ')));
  return ids;
}

/// All of these anybody may read of PID 1. A mere chroot shows some of the mounts that PID 1 has.
bool in_sandbox() {
  const auto text = [](const char* path) { return read_at(AT_FDCWD, path).value_or(std::string{}); };
  if (text("/proc/1/comm") == "bwrap\n") return true;
  const std::string users = text("/proc/1/uid_map");
  if (!users.empty() && users != text("/proc/self/uid_map")) return true;
  const std::string mounts = text("/proc/1/mountinfo");
  const std::string own_mounts = text("/proc/self/mountinfo");
  const auto known = mount_ids(mounts);
  return !mounts.empty() && std::ranges::none_of(mount_ids(own_mounts), [&](auto id) { return known.contains(id); });
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
  if (in_sandbox()) return Container::sandbox;
  // Nobody changes the environment while this runs: memguard starts its threads later.
  if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return Container::kubernetes;  // NOLINT(concurrency-mt-unsafe)
  if (::access("/run/.containerenv", F_OK) == 0) return Container::podman;
  if (::access("/.dockerenv", F_OK) == 0) return Container::docker;
  return Container::none;
}

Missing missing_cgroup2(std::string_view own_cgroups, Container container) {
  if (own_cgroups.empty()) {
    return {"/proc/self/cgroup cannot be read: neither cgroups nor the limits they set are known",
            "Mount /proc here: mount -t proc proc /proc, or bwrap --proc /proc."};
  }
  const bool sandbox = container == Container::none || container == Container::sandbox;
  if (parse_own_path(own_cgroups)) {
    return {fmt::format("cgroup v2 cannot be seen in this {}, and the limits it sets neither",
                        sandbox ? "chroot or sandbox" : "container"),
            fmt::format("Mount it here (as root: mount -t cgroup2 none /sys/fs/cgroup{}), or say the limit by "
                        "--memory.",
                        sandbox ? "; bwrap --bind /sys/fs/cgroup /sys/fs/cgroup" : ", which takes CAP_SYS_ADMIN")};
  }
  return {"cgroup v2 is not mounted",
          on_the_machine(container, "systemd.unified_cgroup_hierarchy=1") +
              (container == Container::none ? ", or as root: mount -t cgroup2 none /sys/fs/cgroup/unified." : ".")};
}

Missing missing_write_access(const std::string& directory, const Error& why, Container container) {
  if (why.code == EROFS) return {fmt::format("{} is mounted read-only", directory), remedy_for_read_only(container)};
  return {fmt::format("no cgroup that this user may divide ({})", why.text()), remedy_for_foreign(container)};
}

Missing missing_delegation(const std::string& directory) {
  return {fmt::format("{} is not delegated to us by systemd", directory),
          "Set Delegate=yes in the [Service] section of the unit that starts the build."};
}

Missing missing_freedom(const std::string& holder, bool read_only) {
  const bool service = holder.ends_with(".service");
  if (read_only) {
    return {fmt::format("the build must stay in {}, and cannot divide that: cgroup v2 is mounted read-only", holder),
            service ? fmt::format("Set ProtectControlGroups=no and Delegate=yes in the [Service] section of {}. A "
                                  "sandbox inside it takes bwrap --bind /sys/fs/cgroup /sys/fs/cgroup.",
                                  holder)
                    : remedy_for_read_only(Container::sandbox)};
  }
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
                                  std::string_view own_cgroups, Container container) {
  if (memory_is_disabled(proc_cgroups)) {
    return {"the kernel was booted without the memory controller",
            on_the_machine(container,
                           "cgroup_enable=memory (Raspberry Pi: in /boot/firmware/cmdline.txt), without "
                           "cgroup_disable=memory.")};
  }
  if (parse_own_path(own_cgroups, "memory")) {
    return {
        "no memory controller in cgroup v2: it is in use as cgroup v1 (hybrid hierarchy)",
        on_the_machine(container, "systemd.unified_cgroup_hierarchy=1; without systemd, with cgroup_no_v1=memory.")};
  }
  return {fmt::format("no memory controller in {}", directory),
          systemd_runs() ? "Set Delegate=yes in the unit that starts the build; for user sessions in a drop-in of "
                           "user@.service (systemctl edit user@.service), then log in again."
                         : "As root: write +memory to cgroup.subtree_control of every group above it."};
}

}  // namespace memguard::cgroup
