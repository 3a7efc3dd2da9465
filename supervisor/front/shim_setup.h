// What puts the shim above rustc. The exec of each rustc goes to it (gate/detour.h), so that cargo itself says which
// wrappers there are. Where that cannot be (no gate, ptrace refused, another processor), the command is told by
// RUSTC_WRAPPER; that overrides all that cargo's own configuration says, so only a command that is cargo is, whose
// configuration we have read before.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "config/config.h"

namespace memguard::supervisor {

struct ShimSetup {
  /// Where shims connect; invalid when there are none.
  UniqueFd listener;
  /// The absolute path of memguard-shim; empty when there is none, or none is wanted.
  std::string program;
  /// RUSTC_WRAPPER, and MEMGUARD_WRAPPER for the wrapper that was there.
  std::vector<std::pair<std::string, std::string>> wrapper;
  /// Why there is no shim; empty otherwise, and when none is wanted.
  std::string missing;
  /// What the user should know of the wrapper that was there; empty when there is nothing to say.
  std::string remark;
};

/// The folder of this program; empty where /proc does not tell.
[[nodiscard]] std::string own_folder();

/// Finds `memguard-shim` in `folder`, or where it is installed as seen from there (../libexec/memguard, by what CMake
/// was told), and the wrapper that `command` would have without us (cargo::rustc_wrapper), and listens. Nothing that
/// goes wrong keeps the build from running.
[[nodiscard]] ShimSetup set_up_shim(const config::Config& config, const std::vector<std::string>& command,
                                    const std::string& run_id, const std::string& folder = own_folder());

/// Where no exec can be sent to the shim.
inline constexpr const char* kOnlyCargo =
    "ptrace is refused here or not known for this processor: a rustc of cargo that memory ends is started again, no "
    "other compiler and no linker of its own";

/// Why set_up_shim would find none; empty when there is one, and when none is wanted. Sets nothing up.
[[nodiscard]] std::string shim_missing(const config::Config& config, const std::string& folder = own_folder());

}  // namespace memguard::supervisor
