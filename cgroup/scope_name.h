// Names of scopes. Internal to cgroup/.
#pragma once

#include <string>
#include <string_view>

namespace memguard::cgroup {

/// A new "memguard-PID-RANDOM.scope".
[[nodiscard]] std::string new_scope_name();
/// True for a name that new_scope_name gives, to whichever run.
[[nodiscard]] bool is_scope_name(std::string_view name);

}  // namespace memguard::cgroup
