// The rustc wrapper that cargo would use without us: sccache, or one of the user's own.
#pragma once

#include <string>
#include <vector>

#include "cargo/surroundings.h"

namespace memguard::cargo {

/// As cargo looks for it, in this order (The Cargo Book, "Configuration"; src/cargo/util/context, maybe_get_tool):
/// RUSTC_WRAPPER, which set but empty means none; `--config` of `command`, a key with its value or a file, the last
/// that says it; CARGO_BUILD_RUSTC_WRAPPER; `build.rustc-wrapper` of .cargo/config or .cargo/config.toml, of the
/// working directory and each above it, then of CARGO_HOME (default ~/.cargo). Empty when there is none. A path with a
/// slash in a file is relative to the folder that holds `.cargo`, in a variable to the working directory, and is made
/// absolute here; a bare name is looked for in PATH by whoever runs it. Files that cannot be read or parsed are cargo's
/// to complain about.
[[nodiscard]] std::string rustc_wrapper(const Surroundings& surroundings, const std::vector<std::string>& command);

}  // namespace memguard::cargo
