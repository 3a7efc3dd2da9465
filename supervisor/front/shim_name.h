// The path under which cargo is given the shim.
#pragma once

#include <string>

namespace memguard::supervisor {

/// `shim`, or a symbolic link to it below `folder` that is the same for each call with the same wrapper, unchanged, and
/// has its name: the cc crate in a build script has C compiled by a RUSTC_WRAPPER that is called sccache.
/// cargo keeps what `RUSTC_WRAPPER rustc -vV` answered in target/.rustc_info.json, a failure too, by the path of the
/// wrapper and the time of its last change (src/cargo/util/rustc.rs, rustc_fingerprint). With one path for all of them
/// a wrapper that failed once would fail every later build, also without it. `wrapper` is the file of the user's
/// wrapper, `folder` is made where it lacks; `shim` itself where there is no wrapper, or no link can be made.
[[nodiscard]] std::string shim_for(const std::string& shim, const std::string& wrapper, const std::string& folder);

}  // namespace memguard::supervisor
