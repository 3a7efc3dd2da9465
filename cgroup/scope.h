// A transient scope from systemd: a delegated cgroup for this process, had over D-Bus. By sd-bus, whose C varargs stay
// in the one file scope.cc; without libsystemd (MEMGUARD_LIBSYSTEMD=OFF) by busctl(1), which is where systemd is.
#pragma once

#include <string>

#include "base/result.h"
#include "base/units.h"

namespace memguard::cgroup {

/// Whose systemd: the user's own manager, or PID 1. Unprivileged the system manager is never asked: polkit would open a
/// password dialog, or refuse.
enum class Manager : std::uint8_t { user, system };

/// What kind of scope is wanted.
struct ScopeWishes {
  Manager manager{};
  /// The slice to be in; empty for the manager's default. It keeps the limits set on that slice.
  std::string slice;
  /// How long systemd may take.
  Duration patience = std::chrono::seconds(10);
};

/// Moves the calling process into a new scope with Delegate=yes and returns the scope's name,
/// "memguard-PID-RANDOM.scope". It goes away with its last process. Errors name the step and what systemd said.
[[nodiscard]] Result<std::string> start_scope(const ScopeWishes& wishes);

/// Whether the user's manager says that its unit has Delegate=yes. Up to systemd 252 it cannot mark the cgroup of such
/// a unit, as the system manager does. Only reads; false when it does not answer.
[[nodiscard]] bool user_unit_delegates(const std::string& unit);

/// Whether the manager can be reached: connects and asks for its version.
[[nodiscard]] Status check_manager(Manager manager);

/// True when the user's manager stays after logout (`loginctl enable-linger`), and with it the scope.
[[nodiscard]] bool lingers();

}  // namespace memguard::cgroup
