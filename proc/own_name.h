// The name of this process, as others see it.
#pragma once

namespace memguard::proc {

/// Gives this process the name that ps, top and pgrep show: its comm (prctl(2), PR_SET_NAME; at most 15 letters are
/// kept), and its command line (/proc/PID/cmdline) in place of the arguments it was started with. A fork of memguard
/// else has memguard's own command line, and `pkill -f 'memguard run'` means the front alone. Nobody may read the
/// arguments from argv any more. Without /proc the command line stays. Safe after fork.
void take_name(const char* name);

}  // namespace memguard::proc
