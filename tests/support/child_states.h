// States of a test's child processes: stopped, and how they ended.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "proc/process.h"

namespace memguard {

/// Waits for the end of a child: its exit status, or the signal that ended it as a negative number. It is still to be
/// waited for by waitpid(2).
inline int end_of(pid_t child) {
  constexpr int kNoChild = 1000;
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0) {
    if (errno != EINTR) return kNoChild;
  }
  return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
}

/// The child has not ended.
inline bool lives(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == 0;
}

/// Nobody has sent it a signal that ends it, however lately: it ends by the one that comes now.
inline bool spared(pid_t child) {
  ::kill(child, SIGUSR1);
  return end_of(child) == -SIGUSR1;
}

/// Job control or a signal has stopped it.
inline bool stopped(pid_t child) { return proc::read_stat(child).value().state == 'T'; }

/// Stops a process, and waits until it has stopped. Whoever continues it meanwhile is late.
inline void stop(pid_t child) {
  do {
    ::kill(child, SIGSTOP);
    ::sched_yield();
  } while (!stopped(child));
}

/// How a child ends that does this and exits with what it returns.
template <class Body>
int end_in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  const int end = end_of(child);
  ::waitpid(child, nullptr, 0);
  return end;
}

/// Leaves this process so few descriptors that it can still open. For a child of a test, which then uses no object that
/// has virtual functions: UBSan opens a pipe to look at one.
inline void leave_descriptors(int count) {
  constexpr rlimit kFew{64, 64};
  std::vector<int> last;
  ::setrlimit(RLIMIT_NOFILE, &kFew);
  for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) last.push_back(fd);
  for (; count > 0 && !last.empty(); --count, last.pop_back()) ::close(last.back());
}

}  // namespace memguard
