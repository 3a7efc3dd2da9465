// Signals at the front: received as data, and at the end passed on by dying of them.
#pragma once

#include <sys/types.h>
#include <csignal>

#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {

struct FrontSignals {
  /// Readable when a child ended or a signal to end the build came (signalfd, not blocking).
  UniqueFd fd;
  /// As it was before; the command gets it back.
  sigset_t original_mask{};
};

/// Takes SIGCHLD, and of SIGINT, SIGTERM, SIGHUP and SIGQUIT those that are not ignored (nohup), through a descriptor.
/// Ctrl-Z keeps its default: the front stops with the build. SIGPIPE and SIGXFSZ are blocked: a closed stderr, or
/// history that grows beyond `ulimit -f`, must not end a build.
[[nodiscard]] Result<FrontSignals> open_front_signals();

/// True when the process catches or ignores `signal` (SigCgt, SigIgn of /proc/PID/status).
[[nodiscard]] bool handles_signal(pid_t pid, int signal);

/// Ends this process by `signal` as the command ended by it, without a core file of our own. Returns only when the
/// signal does not end processes.
void end_by_signal(int signal);

}  // namespace memguard::supervisor
