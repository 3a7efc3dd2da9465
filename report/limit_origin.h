// Who set the limit of a run, and so who can give its build more memory.
#pragma once

#include <cstdint>
#include <string>

#include "base/units.h"

namespace memguard::report {

/// `--json` has these words.
enum class LimitSetter : std::uint8_t {
  user,     ///< an option, a variable, a file, or `memguard top`
  machine,  ///< nobody: it is what the machine had available
  group,    ///< a cgroup above: of a unit, a container, a pod or a batch job
};

struct LimitOrigin {
  LimitSetter setter = LimitSetter::user;
  /// "--memory", "what the machine has available (22.1 GiB) less 512 MiB". Empty in reports of an older memguard.
  std::string text;
  /// The file of the cgroup above that set the limit, or else allows the least: "memory.max of /sys/fs/cgroup/ci".
  /// Empty where none limits.
  std::string group;
  /// The most that --memory could be: what that cgroup allows, or what the machine has with its swap.
  Bytes most = Bytes::unlimited();
  /// What `keep-free` leaves to others, where the user has said so and it is more than any build leaves; else 0.
  Bytes kept_free{};
};

}  // namespace memguard::report
