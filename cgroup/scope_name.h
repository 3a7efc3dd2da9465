// Names of scopes. Internal to cgroup/.
#pragma once

#include <string>

namespace memguard::cgroup {

/// A new "memguard-PID-RANDOM.scope".
[[nodiscard]] std::string new_scope_name();

}  // namespace memguard::cgroup
