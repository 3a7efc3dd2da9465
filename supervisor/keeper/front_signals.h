// Signals at the front: received as data, and at the end passed on by dying of them.
#pragma once

#include <sys/signalfd.h>
#include <sys/types.h>
#include <csignal>

#include "base/pinned.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {

struct FrontSignals {
  /// Readable when a child ended or a signal came (signalfd, not blocking).
  UniqueFd fd;
  /// What is read there.
  sigset_t taken{};
  /// As it was before; the command gets it back.
  sigset_t original_mask{};
};

/// Takes SIGCHLD and, of all others that are not ignored (nohup), those that somebody may mean for the command. Not
/// taken: those that stop for the terminal's sake (TTIN, TTOU), and those that the processor raises (SEGV, BUS, FPE,
/// ILL, TRAP, SYS). SIGPIPE and SIGXFSZ are blocked in any case: a closed stderr, or history that grows beyond
/// `ulimit -f`, must not end a build.
[[nodiscard]] Result<FrontSignals> open_front_signals();

/// While it lives the signals do what they would do to a program that has no handlers: most end this process. For work
/// that may take for ever (a file system that hangs) while somebody else would clean up after us.
class SignalsEndUs : Pinned {
 public:
  /// From now on; as before when this ends.
  explicit SignalsEndUs(const FrontSignals& signals);
  /// Signals do what they did before.
  ~SignalsEndUs();

 private:
  sigset_t before_{};
};

/// Ignores in this process all that the front takes: a service manager may send a signal to each process of a cgroup,
/// and the front alone decides what it means.
void ignore_front_signals();

/// Signals by which a user tells a build to end: INT, TERM, HUP, QUIT.
[[nodiscard]] bool tells_to_end(int signal);

/// Sends what was received to `pid`, with the value that came with it (sigqueue(3)).
void pass_on(const signalfd_siginfo& signal, pid_t pid);

/// Stops this process as SIGTSTP would have; comes back when it is continued.
void stop_for_terminal();

/// True when the process catches or ignores `signal` (SigCgt, SigIgn of /proc/PID/status).
[[nodiscard]] bool handles_signal(pid_t pid, int signal);

/// Ends this process by `signal` as the command ended by it, without a core file of our own. Returns only when the
/// signal does not end processes.
void end_by_signal(int signal);

}  // namespace memguard::supervisor
