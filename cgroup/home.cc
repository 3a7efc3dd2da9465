// The ways to a delegated root, in order: each is tried until one holds, and what the others lacked is said.
#include "cgroup/home.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/io.h"
#include "cgroup/location.h"
#include "cgroup/remedies.h"
#include "cgroup/run_tree.h"
#include "cgroup/scope.h"
#include "cgroup/scope_name.h"
#include "proc/lines.h"

namespace memguard::cgroup {
namespace {

/// A root that is there to be used.
struct Way {
  Origin origin = Origin::none;
  std::string directory;
};

std::string read_or_empty(const char* path) { return read_at(AT_FDCWD, path).value_or(std::string{}); }

/// systemd's mark on the group, or the word of the user manager, which up to 252 cannot set it.
bool is_ours_to_divide(const std::string& directory) {
  if (is_delegated(directory)) return true;
  const bool is_users = directory.find(fmt::format("/user@{}.service/", ::getuid())) != std::string::npos;
  return is_users && user_unit_delegates(directory.substr(directory.rfind('/') + 1));
}

/// The subtree we sit in, when it is ours to divide.
std::optional<Way> way_by_subtree(const Location& here, std::vector<Missing>& missing) {
  if (!here.own) return std::nullopt;
  const auto directory = root_candidate(*here.own);
  if (is_hierarchy_root(directory)) return std::nullopt;
  if (const auto writable = check_writable(directory); !writable) {
    missing.push_back(missing_write_access(directory, writable.error(), container_here()));
    return std::nullopt;
  }
  if (!is_ours_to_divide(directory)) {
    missing.push_back(missing_delegation(directory));
    return std::nullopt;
  }
  return Way{Origin::own_subtree, directory};
}

/// The top of what is mounted: for root, or for a user to whom a container gives all it shows.
std::optional<Way> way_by_root(const Location& here, std::vector<Missing>& missing) {
  const auto writable = check_writable(here.mount.point);
  if (writable) return Way{Origin::made_by_root, here.mount.point};
  // A user's own group has been tried, and says more.
  if (missing.empty()) missing.push_back(missing_write_access(here.mount.point, writable.error(), container_here()));
  return std::nullopt;
}

Manager own_manager() { return ::geteuid() == 0 ? Manager::system : Manager::user; }

/// The slice that holds us, so that a scope of the system manager stays below that slice's limits. The user manager has
/// slices of its own.
std::string own_slice(const Location& here) {
  if (own_manager() == Manager::user || !here.own) return {};
  std::string slice;
  for (const auto part : proc::split(*here.own, "/")) {
    if (part.ends_with(".slice")) slice = part;
  }
  return slice;
}

/// Each scope is a root of its own: what a killed run left in one is found beside ours.
void sweep_scopes_beside(const std::string& directory) {
  const auto slash = directory.rfind('/');
  const auto slice = open_cgroup(directory.substr(0, slash));
  if (!slice) return;
  for (const auto& name : (*slice)->children().value_or(std::vector<std::string>{})) {
    if (!is_scope_name(name) || name == directory.substr(slash + 1)) continue;
    auto scope = (*slice)->open_child(name);
    if (scope) static_cast<void>(sweep(Group(std::move(*scope))));
  }
}

std::optional<Way> way_by_scope(const HomeWishes& wishes, const Location& here, std::vector<Missing>& missing) {
  const bool user = own_manager() == Manager::user;
  const auto name = start_scope({.manager = own_manager(), .slice = own_slice(here)});
  if (!name) {
    missing.push_back(missing_scope(name.error(), user));
    return std::nullopt;
  }
  const auto now = locate(wishes.mount_point);
  if (!now || !now->own || !now->own->ends_with("/" + *name)) {
    missing.push_back(missing_scope(Error{"find ourselves in " + *name, 0, {}}, user));
    return std::nullopt;
  }
  sweep_scopes_beside(*now->own);
  return Way{user ? Origin::user_scope : Origin::system_scope, *now->own};
}

/// Somebody whose place we must not leave: his stop is to end the build too. Where no systemd runs a unit's name says
/// nothing, as in a container that shows the host's groups.
std::optional<std::string> must_stay_with() {
  auto holder = holder_of(read_or_empty("/proc/self/cgroup"));
  const bool unit = holder && (holder->ends_with(".service") || holder->ends_with(".scope"));
  return unit && !systemd_runs() ? std::nullopt : holder;
}

bool may_ask_for_scope(const HomeWishes& wishes, const Location& here) {
  return !wishes.no_scope && systemd_runs() && !here.mount.read_only;
}

Missing no_memory_controller(const std::string& directory) {
  return missing_memory_controller(directory, read_or_empty("/proc/cgroups"), read_or_empty("/proc/self/cgroup"),
                                   container_here());
}

/// Makes the run's tree at the end of a way.
std::optional<Home> settle(const Way& way, const Location& here, std::vector<Missing>& missing) {
  auto dir = open_cgroup(way.directory);
  if (!dir) {
    missing.push_back(missing_tree(way.directory, dir.error()));
    return std::nullopt;
  }
  auto home = make_run(Group(std::move(*dir)), way.origin, here.own.value_or(std::string{}));
  if (!home) {
    missing.push_back(missing_tree(way.directory, home.error()));
    return std::nullopt;
  }
  if (home->tier != Tier::full && home->missing.empty()) home->missing.push_back(no_memory_controller(way.directory));
  return std::move(*home);
}

/// What leaving our old place means: limits that were set there no longer hold, and a logout may end the scope.
void add_remarks(Home& home, const std::vector<LimitAbove>& before, const HomeWishes& wishes) {
  const auto now = LimitsAbove(wishes.mount_point).read();
  for (const auto& limit : before) {
    const auto same = [&limit](const LimitAbove& other) { return other.path == limit.path; };
    if (std::any_of(now.begin(), now.end(), same)) continue;
    home.remarks.push_back(
        fmt::format("the limit of {} set on {} no longer holds for this build; delegate that group, "
                    "or give --memory",
                    to_text(limit.limit), limit.path));
  }
  if (home.origin == Origin::user_scope || home.origin == Origin::system_scope)
    home.remarks.push_back(fmt::format("this build has moved to a scope of its own: {}", home.root->path()));
  if (home.origin == Origin::user_scope && !lingers()) {
    home.remarks.emplace_back("this build ends when you log out; loginctl enable-linger, or --no-scope, keeps it");
  }
}

Missing no_cgroup2() { return missing_cgroup2(read_or_empty("/proc/self/cgroup"), container_here()); }

Home without_groups(std::vector<Missing> missing) {
  Home home;
  home.missing = std::move(missing);
  return home;
}

/// True where we must not leave our place. That says more than what our own group lacks.
bool stays(const Location& here, std::vector<Missing>& missing) {
  const auto holder = must_stay_with();
  if (holder) missing = {missing_freedom(*holder, here.mount.read_only)};
  return holder.has_value();
}

/// Tries one way after the other.
std::optional<Home> find_home(const HomeWishes& wishes, const Location& here, std::vector<Missing>& missing) {
  std::optional<Home> home;
  if (const auto way = way_by_subtree(here, missing)) home = settle(*way, here, missing);
  if (!home && stays(here, missing)) return std::nullopt;
  if (!home && may_ask_for_scope(wishes, here)) {
    if (const auto way = way_by_scope(wishes, here, missing)) home = settle(*way, here, missing);
  }
  if (!home) {
    if (const auto way = way_by_root(here, missing)) home = settle(*way, here, missing);
  }
  return home;
}

// ---- the same without changes

/// Where a scope would be made, as far as it is there before.
std::string directory_of_scopes(const Location& here) {
  if (own_manager() == Manager::system) return here.mount.point;
  const auto uid = ::getuid();
  auto manager = fmt::format("{}/user.slice/user-{}.slice/user@{}.service", here.mount.point, uid, uid);
  return ::access(manager.c_str(), F_OK) == 0 ? manager : here.mount.point;
}

std::optional<Way> survey_scope(const Location& here, std::vector<Missing>& missing) {
  const bool user = own_manager() == Manager::user;
  if (const auto reached = check_manager(own_manager()); !reached) {
    missing.push_back(missing_scope(reached.error(), user));
    return std::nullopt;
  }
  return Way{user ? Origin::user_scope : Origin::system_scope, directory_of_scopes(here)};
}

std::optional<Way> find_way(const HomeWishes& wishes, const Location& here, std::vector<Missing>& missing) {
  auto way = way_by_subtree(here, missing);
  if (!way && stays(here, missing)) return std::nullopt;
  if (!way && may_ask_for_scope(wishes, here)) way = survey_scope(here, missing);
  return way ? way : way_by_root(here, missing);
}

Home survey_way(const Way& way) {
  Home home;
  auto dir = open_cgroup(way.directory);
  if (!dir) return without_groups({missing_tree(way.directory, dir.error())});
  home.origin = way.origin;
  home.root.emplace(std::move(*dir));
  const auto controllers = home.root->controllers();
  home.tier = controllers && controllers->contains("memory") ? Tier::full : Tier::freezer;
  if (home.tier != Tier::full) home.missing.push_back(no_memory_controller(way.directory));
  if (way.origin == Origin::user_scope && !lingers()) {
    home.remarks.emplace_back("a build ends when you log out; loginctl enable-linger, or --no-scope, keeps it");
  }
  return home;
}

}  // namespace

Home obtain_home(const HomeWishes& wishes) {
  const auto here = locate(wishes.mount_point);
  if (!here) return without_groups({no_cgroup2()});
  const auto before = LimitsAbove(wishes.mount_point).read();
  std::vector<Missing> missing;
  auto home = find_home(wishes, *here, missing);
  if (!home) return without_groups(std::move(missing));
  add_remarks(*home, before, wishes);
  return std::move(*home);
}

Home survey_home(const HomeWishes& wishes) {
  const auto here = locate(wishes.mount_point);
  if (!here) return without_groups({no_cgroup2()});
  std::vector<Missing> missing;
  const auto way = find_way(wishes, *here, missing);
  return way ? survey_way(*way) : without_groups(std::move(missing));
}

Status leave_home(Home& home) { return remove_run(home); }

}  // namespace memguard::cgroup
