// The one line that a run says at its start where the machine gives less than everything.
#pragma once

#include <optional>
#include <string>

#include "cgroup/home.h"

namespace memguard::supervisor {

struct Degraded {
  cgroup::Tier tier{};
  /// `accept-tier`.
  cgroup::Tier accepted{};
  bool no_gate = false;
};

/// At most 80 columns with "memguard: "; memguard doctor has the rest. Empty when nothing is missing that the user has
/// not accepted.
[[nodiscard]] std::string degraded_line(const Degraded& degraded);

/// True when nobody was told of that reason on this machine yet; from then on false. A file in `state_folder`, with the
/// machine's name and the reason, remembers it; without a folder that can be written each time is the first.
[[nodiscard]] bool first_time(const std::string& reason, const std::optional<std::string>& state_folder);

}  // namespace memguard::supervisor
