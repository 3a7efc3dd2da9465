#include "shim/compiler.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "shim/complain.h"
#include "shim/message_channel.h"

namespace memguard::shim {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;

[[noreturn]] void become(const Program& program, const ChildSignals& signals, pid_t shim, int messages) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != shim) ::_exit(kNotFound);  // it died before that took effect
  (void)::dup2(messages, STDERR_FILENO);
  (void)::sigaction(SIGCHLD, &signals.original_action, nullptr);
  (void)::sigprocmask(SIG_SETMASK, &signals.original_mask, nullptr);
  execute(program);
  const int error = errno;
  complain("execute", program.file, error);
  ::_exit(error == ENOENT ? kNotFound : kNotExecutable);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void execute(const Program& program) {
  program.search ? ::execvp(program.file, program.argv) : ::execv(program.file, program.argv);
}

ChildSignals watch_children() {
  ChildSignals signals;
  // Where it was ignored the kernel would reap the compiler before we have asked about it.
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  (void)::sigaction(SIGCHLD, &action, &signals.original_action);
  sigset_t watched;
  ::sigemptyset(&watched);
  ::sigaddset(&watched, SIGCHLD);
  // What was ignored already (nohup) ends neither this build nor the compiler, which inherits that.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    if (!is_ignored(signal)) ::sigaddset(&watched, signal);
  }
  (void)::sigprocmask(SIG_BLOCK, &watched, &signals.original_mask);
  signals.fd = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  return signals;
}

int take_signal(const ChildSignals& signals, pid_t compiler) {
  signalfd_siginfo signal{};
  if (::read(signals.fd, &signal, sizeof signal) != sizeof signal || signal.ssi_signo == SIGCHLD) return 0;
  const int number = static_cast<int>(signal.ssi_signo);
  const bool sent = signal.ssi_code <= 0;
  if (sent) (void)::kill(compiler, number);
  return number;
}

Compiler start(const Program& program, const ChildSignals& signals) {
  const MessageChannel channel = open_message_channel();
  if (channel.read < 0) return {};
  const pid_t shim = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(program, signals, shim, channel.write);
  const int error = errno;
  ::close(channel.write);
  if (pid > 0) return {pid, channel.read};
  ::close(channel.read);
  errno = error;
  return {};
}

bool has_ended(const Compiler& compiler, int& status) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(compiler.pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
    return false;
  }
  // As in <bits/waitstatus.h>: the exit status above, the signal and whether a core was written below.
  constexpr int kCore = 0x80;
  status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status | (info.si_code == CLD_DUMPED ? kCore : 0);
  return true;
}

void reap(Compiler& compiler) {
  (void)::waitpid(compiler.pid, nullptr, 0);
  compiler.pid = -1;
  ::close(compiler.messages);
  compiler.messages = -1;
}

void end_as(int status) {
  if (WIFSIGNALED(status)) {
    const rlimit no_core{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &no_core);
    const int number = WTERMSIG(status);
    (void)::signal(number, SIG_DFL);
    sigset_t this_one;
    ::sigemptyset(&this_one);
    ::sigaddset(&this_one, number);
    (void)::raise(number);
    (void)::sigprocmask(SIG_UNBLOCK, &this_one, nullptr);
    ::_exit(128 + number);
  }
  ::_exit(WEXITSTATUS(status));
}

}  // namespace memguard::shim
