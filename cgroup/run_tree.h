// The tree of one run below a given root: made, removed, and swept when its owner is gone.
//
// Several memguards may share one root, so each change of the tree's upper part is made under flock(2) of the root's
// directory. The root holds no processes while a run is there (cgroup2's no-internal-process rule): who sat in it waits
// in `memguard-guests/`, and what was enabled in it is noted in its attribute `user.memguard.enabled`; the last run to
// leave takes both back. The true root of the hierarchy may hold processes, and keeps them.
#pragma once

#include <string>

#include "base/result.h"
#include "cgroup/tree.h"

namespace memguard::cgroup {

/// Makes the run of the calling process below `root`, after a sweep. Moves the calling process into it. Nothing is left
/// of it on failure. Home::missing gets what kept the memory controller from being enabled, if it is there.
[[nodiscard]] Result<Home> make_run(Group root, Origin origin, std::string came_from);

/// See leave_home. Goes on after an error, and returns the first.
[[nodiscard]] Status remove_run(Home& home);

/// Kills and removes the runs below `root` whose front is gone (`user.memguard`) and in whose `supervisor/` nobody is
/// left, as each start does first (and below the scopes beside its own). The second condition keeps what belongs to
/// another pid namespace, or is just being cleaned up by its keeper. With the last run goes what it left: guests and
/// controllers. Returns how many it removed.
[[nodiscard]] int sweep(const Group& root);

}  // namespace memguard::cgroup
