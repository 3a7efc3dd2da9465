// The PSI trigger of the build, which wakes the supervisor between samples.
#pragma once

#include "base/unique_fd.h"
#include "cgroup/group.h"

namespace memguard::supervisor {

/// Fires when all of the group stalls for memory half as long as policy waits for. Error: without PSI.
[[nodiscard]] Result<UniqueFd> open_pressure_trigger(const cgroup::Group& group);

}  // namespace memguard::supervisor
