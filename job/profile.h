// What the options of a rustc say that count (Unit::profile).
#pragma once

#include <string_view>

namespace memguard::job {

/// Whether `profile` has that option, as a whole word: "emit=metadata".
[[nodiscard]] bool has_option(std::string_view profile, std::string_view option);

/// The whole program is in one rustc, and optimized there: `-C lto` in any of rustc's spellings. `thin_too`: with thin
/// LTO it is there as well, but worked on in parts.
[[nodiscard]] bool has_lto(std::string_view profile, bool thin_too);

/// Whether such a rustc works on several codegen units at a time, if it gets tokens for their threads: it optimizes,
/// and has more than one. rustc takes 16 units where an optimized crate names no number (rustc_session/src/session.rs,
/// codegen_units).
[[nodiscard]] bool has_codegen_threads(std::string_view profile);

}  // namespace memguard::job
