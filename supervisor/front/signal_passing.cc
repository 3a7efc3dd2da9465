#include "supervisor/front/signal_passing.h"

#include <unistd.h>

namespace memguard::supervisor {
namespace {

// A command that has not ended by then and has a handler decides itself what the signal means to it.
constexpr Duration kGuardAgain = std::chrono::seconds(5);
// What was forked meanwhile.
constexpr Duration kKillAgain = std::chrono::milliseconds(100);

bool from_keyboard(int signal) { return signal == SIGINT || signal == SIGQUIT; }

}  // namespace

bool SignalPassing::take(pid_t command, Moment now) {
  const int told_before = times_told_;
  signalfd_siginfo signal{};
  while (::read(signals_.fd.get(), &signal, sizeof signal) == sizeof signal) {
    const int number = static_cast<int>(signal.ssi_signo);
    // The kernel says of SIGPIPE and SIGXFSZ that we sent them to ourselves.
    const bool own = signal.ssi_code == SI_USER && static_cast<pid_t>(signal.ssi_pid) == ::getpid();
    if (number == SIGCHLD || own) continue;
    // Asked before the command gets it: make takes its handler away then, and still waits for its jobs.
    if (tells_to_end(number)) handled_ = lives_on(command, number);
    pass_on_once(signal, command);
    if (tells_to_end(number)) told_to_end(number, now);
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

void SignalPassing::told_to_end(int signal, Moment now) {
  end_signal_ = signal;
  ++times_told_;
  area_.interrupted_at = area_.build_time();
  area_.interrupted = true;
  area_.ending = true;
  guard_at_ = now + kGuardAgain;
  if (stop_timeout_ && !kill_at_) kill_at_ = now + *stop_timeout_;
}

bool SignalPassing::lives_on(pid_t command, int signal) const { return command > 0 && handles_signal(command, signal); }

EndDue SignalPassing::due(pid_t command, Moment now) {
  const bool kill = kill_at_ && now >= *kill_at_;
  const bool guard = guard_at_ && now >= *guard_at_;
  // A shell at a terminal is not told to end by Ctrl-C.
  if ((kill || guard) && from_keyboard(end_signal_) && lives_on(command, end_signal_)) {
    guard_at_.reset();
    kill_at_.reset();
    return EndDue::guard_again;
  }
  if (kill) {
    kill_at_ = now + kKillAgain;
    return EndDue::kill;
  }
  if (!guard || command <= 0 || !(handled_ || lives_on(command, end_signal_))) return EndDue::nothing;
  guard_at_.reset();
  return EndDue::guard_again;
}

}  // namespace memguard::supervisor
