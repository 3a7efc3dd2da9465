// What the shim was called with: WRAPPED_COMPILER ARGUMENTS..., as cargo calls a RUSTC_WRAPPER.
#pragma once

namespace memguard::shim {

/// False for what runs rustc without its work, as job::describe has it, or with output that must not come twice:
/// `-vV`, `--print`, a program on standard input. `argv` ends with a null.
[[nodiscard]] bool is_work(const char* const* argv);

}  // namespace memguard::shim
