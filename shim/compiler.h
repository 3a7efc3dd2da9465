// The compiler under the shim: a child whose stderr we read, and which does not outlive us.
#pragma once

#include <sys/types.h>
#include <csignal>

namespace memguard::shim {

/// SIGCHLD as data, for as long as the shim lives, and the signals by which people end a build: the compiler may have
/// something to put away, and would be killed with a shim that dies of them. The compiler gets back what was.
struct ChildSignals {
  int fd = -1;
  sigset_t original_mask{};
  struct sigaction original_action {};
};
/// fd -1 when there is no descriptor left.
[[nodiscard]] ChildSignals watch_children();
/// Reads one, and gives its number when it is to end the build, else 0. One that somebody sent to us is sent on to the
/// compiler; what the terminal sends has reached it.
[[nodiscard]] int take_signal(const ChildSignals& signals, pid_t compiler);

/// What is executed: looked for in PATH like execvp(3), or that very file.
struct Program {
  const char* file = nullptr;
  char* const* argv = nullptr;
  bool search = true;
};
/// Becomes it; returns when it cannot be executed, with errno.
void execute(const Program& program);

struct Compiler {
  pid_t pid = -1;
  /// What it writes to stderr; not blocking.
  int messages = -1;
};
/// Starts `program` with all that the shim inherited: standard input and output, cargo's jobserver. It gets SIGKILL
/// when the shim dies (PR_SET_PDEATHSIG), as whoever kills the shim means it. pid -1 with errno when it cannot be
/// started; one that cannot be executed ends with 127.
[[nodiscard]] Compiler start(const Program& program, const ChildSignals& signals);

/// How it ended, as waitpid(2) would tell; false while it runs. The zombie stays: its pid is its own until reap().
[[nodiscard]] bool has_ended(const Compiler& compiler, int& status);
/// Waits for it, so that its pid is free.
void reap(Compiler& compiler);

/// Ends the shim as its compiler ended: the same exit status, or the same signal, without a core file of our own.
[[noreturn]] void end_as(int status);

}  // namespace memguard::shim
