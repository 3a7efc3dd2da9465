// How much this machine allows, and what it lacks for more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memguard::cgroup {

/// How much of the mechanism this machine allows (docs/PLACES.md). Ordered: later allows more.
enum class Tier : std::uint8_t { signal, freezer, full };
/// "signal", "freezer", "full".
[[nodiscard]] std::string_view to_text(Tier tier);
/// Nothing for any other word.
[[nodiscard]] std::optional<Tier> parse_tier(std::string_view text);

/// What can be done with a run's tree. Whoever acts asks this and not the tier.
struct Capabilities {
  /// The build has a tree: jobs are stopped in leaves of it (cgroup.freeze), and the kernel lists and kills its
  /// processes. Otherwise jobs are stopped by signals, and processes are found by their parents.
  bool leaves = false;
  /// The kernel counts the memory of the build and of each leaf, keeps the limit, and counts its kills. Otherwise
  /// memory is what the jobs have, and the limit is kept by scheduling alone.
  bool memory = false;
};

/// Something this machine lacks, in words for the user.
struct Missing {
  /// "no memory controller in cgroup v2".
  std::string what;
  /// "Boot with systemd.unified_cgroup_hierarchy=1." Never empty.
  std::string remedy;
};

}  // namespace memguard::cgroup
