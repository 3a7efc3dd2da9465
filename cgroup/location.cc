#include "cgroup/location.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/io.h"
#include "cgroup/cgroup_dir.h"
#include "cgroup/scope_name.h"
#include "proc/lines.h"

namespace memguard::cgroup {
namespace {

/// Takes back what mountinfo writes for blanks and backslashes: \040 and the like.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const auto octal = text.substr(i, 4);
    const bool escaped = octal.size() == 4 && octal.front() == '\\' &&
                         std::from_chars(octal.data() + 1, octal.data() + 4, code, 8).ptr == octal.data() + 4;
    plain += escaped ? static_cast<char>(code) : text[i];
    if (escaped) i += 3;
  }
  return plain;
}

bool has_word(std::string_view words, std::string_view word) {
  const auto all = proc::split(words, ",");
  return std::find(all.begin(), all.end(), word) != all.end();
}

/// One line of mountinfo, when it is the hierarchy asked for.
std::optional<Mount> parse_mount(std::string_view line, std::string_view controller) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  const auto before = proc::split(line.substr(0, dash), " ");
  const auto after = proc::split(line.substr(dash + 3), " ");
  if (before.size() < 6 || after.size() < 3) return std::nullopt;
  const bool wanted =
      controller.empty() ? after[0] == "cgroup2" : after[0] == "cgroup" && has_word(after[2], controller);
  if (!wanted) return std::nullopt;
  return Mount{unescape(before[3]), unescape(before[4]), has_word(before[5], "ro") || has_word(after[2], "ro")};
}

/// "a/b" below "/x": "/x/a/b", and "/x" for nothing below it.
std::string join(const std::string& directory, std::string_view below) {
  while (below.starts_with('/')) below.remove_prefix(1);
  if (below.empty()) return directory;
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", below);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string read_or_empty(const std::string& path) { return read_at(AT_FDCWD, path).value_or(std::string{}); }

/// Looks for our own process in `directory` and below, in at most `budget` groups.
std::optional<std::string> find_self(const std::string& directory, int& budget) {
  const auto dir = --budget >= 0 ? open_cgroup(directory) : fail("search further");
  if (!dir) return std::nullopt;
  const auto procs = proc::split((*dir)->read("cgroup.procs").value_or(std::string{}), "\n");
  if (std::find(procs.begin(), procs.end(), std::to_string(::getpid())) != procs.end()) return directory;
  for (const auto& name : (*dir)->children().value_or(std::vector<std::string>{})) {
    if (auto found = find_self(join(directory, name), budget)) return found;
  }
  return std::nullopt;
}

/// systemd marks a delegated unit: trusted.* as the system manager, user.* since 251 for all to see.
bool has_delegate_mark(const std::string& directory) {
  const auto dir = open_cgroup(directory);
  if (!dir) return false;
  const auto marked = [&dir](const char* name) { return (*dir)->attribute(name).value_or(std::string{}) == "1"; };
  return marked("user.delegate") || marked("trusted.delegate");
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view mountinfo, std::string_view controller) {
  std::vector<Mount> mounts;
  for (const auto line : proc::split(mountinfo, "\n")) {
    if (auto mount = parse_mount(line, controller)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

std::optional<std::string> parse_own_path(std::string_view cgroup, std::string_view controller) {
  for (const auto line : proc::split(cgroup, "\n")) {
    // "0::/path" or "4:cpu,memory:/path"; a path may hold colons.
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const bool wanted = controller.empty() ? line.substr(0, second) == "0:" : has_word(controllers, controller);
    const auto path = line.substr(second + 1);
    if (wanted && path.starts_with('/') && !path.ends_with(" (deleted)")) return std::string(path);
  }
  return std::nullopt;
}

std::optional<std::string> directory_of(const Mount& mount, const std::string& path) {
  // A path above our namespace's root ("/../x") has no name in any mount that starts at or below that root, and one
  // mounted above it ("/..") shows our namespace's root under a name that we cannot know.
  if (path.starts_with("/..") || mount.root.starts_with("/..")) return std::nullopt;
  if (mount.root == "/") return join(mount.point, path);
  if (path != mount.root && !path.starts_with(mount.root + "/")) return std::nullopt;
  return join(mount.point, std::string_view(path).substr(mount.root.size()));
}

std::optional<Location> locate(const std::string& mount_point, std::string_view controller) {
  const auto path = parse_own_path(read_or_empty("/proc/self/cgroup"), controller);
  auto mounts = parse_mounts(read_or_empty("/proc/self/mountinfo"), controller);
  if (!mount_point.empty()) {
    std::erase_if(mounts, [&mount_point](const Mount& mount) { return mount.point != mount_point; });
    if (mounts.empty()) mounts.push_back(Mount{"/", mount_point, false});
  }
  // A sandbox may have covered it with something else.
  if (mount_point.empty()) {
    std::erase_if(mounts, [](const Mount& mount) { return !exists(mount.point + "/cgroup.procs"); });
  }
  if (mounts.empty()) return std::nullopt;
  for (const auto& mount : mounts) {
    auto own = path ? directory_of(mount, *path) : std::nullopt;
    if (own && exists(*own + "/cgroup.procs")) return Location{mount, std::move(own)};
  }
  // After unshare -C without a new mount, or entered from outside, no text tells our name in the mount.
  int budget = 4096;
  auto own = path && controller.empty() ? find_self(mounts.front().point, budget) : std::nullopt;
  return Location{std::move(mounts.front()), std::move(own)};
}

bool is_run_name(std::string_view name) {
  constexpr std::string_view kPrefix = "memguard-";
  if (!name.starts_with(kPrefix)) return false;
  const auto pid = to_number<pid_t>(name.substr(kPrefix.size()));
  return pid && *pid > 0;
}

std::string root_candidate(const std::string& own) {
  // The innermost one counts: a run may lie inside another run's build.
  for (auto end = own.size(); end != std::string::npos && end != 0;) {
    const auto slash = own.rfind('/', end - 1);
    if (slash == std::string::npos) return own;
    const auto name = std::string_view(own).substr(slash + 1, end - slash - 1);
    if (is_run_name(name) || name == "memguard-guests") return own.substr(0, slash);
    end = slash;
  }
  return own;
}

Status check_writable(const std::string& directory) {
  for (const char* file : {"", "/cgroup.procs", "/cgroup.subtree_control"}) {
    const auto path = directory + file;
    const int wanted = *file == '\0' ? W_OK | X_OK : W_OK;
    if (::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) != 0) return fail_errno("write to", path);
  }
  return {};
}

bool is_hierarchy_root(const std::string& directory) {
  return exists(directory + "/cgroup.procs") && !exists(directory + "/cgroup.type") &&
         !exists(directory + "/cgroup.events");
}

namespace {

// Slurm: /slurm/uid_1000/job_12/step_0 (v1), /system.slice/slurmstepd.scope/job_12/step_0/user/task_0 (v2), the
// scope NODE_slurmstepd.scope where several nodes may run on a machine, as in Debian's. The others have a group of
// their name at the top.
bool is_scheduler(std::string_view part) {
  constexpr std::array<std::string_view, 6> kSchedulers{"slurm", "slurmstepd", "pbs_jobs", "htcondor", "lsf", "sge"};
  if (part.ends_with("_slurmstepd.scope")) return true;
  const auto name = part.substr(0, part.find_first_of("._"));
  return std::ranges::any_of(kSchedulers, [&](std::string_view one) { return part == one || name == one; });
}

std::optional<std::string> job_in(std::string_view path) {
  const auto parts = proc::split(path, "/");
  const auto scheduler = std::ranges::find_if(parts, is_scheduler);
  if (scheduler == parts.end()) return std::nullopt;
  const auto job = std::find_if(scheduler, parts.end(), [](std::string_view part) { return part.starts_with("job_"); });
  return std::string(job == parts.end() ? *scheduler : *job);
}

// XDG desktops name what they start app-ID-RANDOM; terminals and tmux have scopes for their shells (systemd.io,
// DESKTOP_ENVIRONMENTS).
bool is_for_programs(std::string_view unit) {
  constexpr std::array<std::string_view, 7> kStarts{"session-", "app-",   "vte-spawn-", "tmux-spawn-",
                                                    "dbus-",    "gnome-", "memguard-"};
  return unit == "init.scope" || unit.starts_with("user@") ||
         std::ranges::any_of(kStarts, [unit](std::string_view start) { return unit.starts_with(start); });
}

std::optional<std::string> unit_in(std::string_view path) {
  std::optional<std::string> unit;
  for (const auto part : proc::split(path, "/")) {
    if (part.ends_with(".service") || part.ends_with(".scope")) unit = part;
  }
  const bool users = path.find("/user.slice/") != std::string_view::npos;
  return unit && (*unit == "init.scope" || is_scope_name(*unit) || (users && is_for_programs(*unit))) ? std::nullopt
                                                                                                      : unit;
}

}  // namespace

std::optional<std::string> holder_of(std::string_view own_cgroups) {
  for (const auto line : proc::split(own_cgroups, "\n")) {
    if (auto job = job_in(line)) return job;
  }
  return unit_in(parse_own_path(own_cgroups).value_or(std::string()));
}

bool systemd_runs() { return exists("/run/systemd/system"); }

bool is_delegated(const std::string& directory) {
  if (!systemd_runs() || has_delegate_mark(directory)) return true;
  const auto is_unit = [&directory](std::string_view suffix) { return directory.ends_with(suffix); };
  return !is_unit(".scope") && !is_unit(".service") && !is_unit(".slice");
}

}  // namespace memguard::cgroup
