// The leaves of a run: cgroups below `build/`, each for one job that was held or stopped, named `job-NUMBER`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cgroup/group.h"

namespace memguard::cgroup {

/// "job-N".
[[nodiscard]] std::string leaf_name(int number);

/// The number of the leaf so named; nothing for other cgroups.
[[nodiscard]] std::optional<int> leaf_number(std::string_view name);

/// The leaf of that number below `build`. ENOENT when there is none.
[[nodiscard]] Result<Group> open_leaf(const Group& build, int number);

}  // namespace memguard::cgroup
