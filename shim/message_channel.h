// Between a compiler's stderr and the shim: a pipe, or where the shim's own stderr is a terminal another one, so that
// the compiler writes in colour and as wide as without us (gcc's -fdiagnostics-color=auto asks isatty(3)).
#pragma once

namespace memguard::shim {

/// Both close on exec. The reading end does not block; of a terminal it gives EIO where a pipe gives its end.
struct MessageChannel {
  int read = -1;
  int write = -1;
};
/// -1 and errno when there is no descriptor left.
[[nodiscard]] MessageChannel open_message_channel();

}  // namespace memguard::shim
