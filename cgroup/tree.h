// The cgroup tree that one run has, and how it was come by.
//
//     <delegated root>/
//       memguard-PID/          one run, marked user.memguard=PID:STARTTICKS of its front
//         supervisor/          front, supervisor, keeper: outside the throttled part
//         build/               memory.high, memory.max, memory.swap.max
//           main/              cargo and all that is no job
//           job-N/             one job each, reused
//       memguard-guests/       who sat in the delegated root before us; moved back by the last run to leave
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/group.h"
#include "cgroup/tier.h"

namespace memguard::cgroup {

/// How the delegated root was come by.
enum class Origin : std::uint8_t { none, own_subtree, user_scope, system_scope, made_by_root };

/// The tree of one run. Without a writable cgroup (tier `signal`) it has no groups at all.
struct Home {
  Tier tier = Tier::signal;
  Origin origin = Origin::none;
  /// The delegated root, for sweeping and leaving.
  std::optional<Group> root;
  /// root/memguard-PID
  std::optional<Group> run;
  /// Its name below root.
  std::string run_name;
  std::optional<Group> supervisor;
  std::optional<Group> build;
  std::optional<Group> main;
  /// The directory of the cgroup we were in before, to go back to where the root is the hierarchy's own.
  std::string came_from;
  /// What a better tier would have needed; empty in tier `full`.
  std::vector<Missing> missing;
  /// Things to know that are not missing: "this scope ends when you log out, unless lingering is enabled".
  std::vector<std::string> remarks;

  /// What can be done with it. Of a survey (survey_home), which makes no tree, nothing.
  [[nodiscard]] Capabilities can() const { return {build.has_value(), build.has_value() && tier == Tier::full}; }
};

}  // namespace memguard::cgroup
