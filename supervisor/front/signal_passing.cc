#include "supervisor/front/signal_passing.h"

#include <unistd.h>

namespace memguard::supervisor {
namespace {

// A command that has not ended by then and has a handler decides itself what the signal means to it.
constexpr std::int64_t kGuardAgain = 5'000'000'000;
// What was forked meanwhile.
constexpr std::int64_t kKillAgain = 100'000'000;

bool from_keyboard(int signal) { return signal == SIGINT || signal == SIGQUIT; }

}  // namespace

bool SignalPassing::take(pid_t command, std::int64_t now_ns) {
  const int told_before = times_told_;
  signalfd_siginfo signal{};
  while (::read(signals_.fd.get(), &signal, sizeof signal) == sizeof signal) {
    const int number = static_cast<int>(signal.ssi_signo);
    // The kernel says of SIGPIPE and SIGXFSZ that we sent them to ourselves.
    const bool own = signal.ssi_code == SI_USER && static_cast<pid_t>(signal.ssi_pid) == ::getpid();
    if (number == SIGCHLD || own) continue;
    pass_on_once(signal, command);
    if (tells_to_end(number)) told_to_end(number, now_ns);
    if (number == SIGTSTP) stop_for_terminal();
  }
  return times_told_ > told_before;
}

// What the terminal sends goes to the whole process group, but for a hang-up, which its session's leader alone gets
// (drivers/tty/tty_jobctrl.c, tty_signal_session_leader). The witness tells; it is asked in any case, so that it knows
// of the next signal whether that is another.
void SignalPassing::pass_on_once(const signalfd_siginfo& signal, pid_t command) {
  const int number = static_cast<int>(signal.ssi_signo);
  const bool of_kernel = signal.ssi_code == SI_KERNEL;
  const bool seen = witness_.runs() ? witness_.saw(area_, number) : of_kernel && number != SIGHUP;
  // Our own processor time.
  const bool ours = of_kernel && number == SIGXCPU;
  if (!seen && !ours && command > 0) pass_on(signal, command);
}

void SignalPassing::told_to_end(int signal, std::int64_t now_ns) {
  end_signal_ = signal;
  ++times_told_;
  area_.interrupted_at_ns = area_.build_time().time_since_epoch().count();
  area_.interrupted = true;
  area_.ending = true;
  guard_at_ns_ = now_ns + kGuardAgain;
  if (stop_timeout_ && kill_at_ns_ == 0) kill_at_ns_ = now_ns + stop_timeout_->count();
}

bool SignalPassing::lives_on(pid_t command) const { return command > 0 && handles_signal(command, end_signal_); }

EndDue SignalPassing::due(pid_t command, std::int64_t now_ns) {
  const bool kill = kill_at_ns_ != 0 && now_ns >= kill_at_ns_;
  const bool guard = guard_at_ns_ != 0 && now_ns >= guard_at_ns_;
  // A shell at a terminal is not told to end by Ctrl-C.
  if ((kill || guard) && from_keyboard(end_signal_) && lives_on(command)) {
    guard_at_ns_ = kill_at_ns_ = 0;
    return EndDue::guard_again;
  }
  if (kill) {
    kill_at_ns_ = now_ns + kKillAgain;
    return EndDue::kill;
  }
  if (!guard || !lives_on(command)) return EndDue::nothing;
  guard_at_ns_ = 0;
  return EndDue::guard_again;
}

}  // namespace memguard::supervisor
