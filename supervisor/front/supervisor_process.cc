#include "supervisor/front/supervisor_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "proc/own_name.h"
#include "supervisor/keeper/front_signals.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kHeartbeatPatience = std::chrono::seconds(2);
constexpr Duration kBusyPatience = std::chrono::seconds(30);
// The front's loop turns at least twice a second.
constexpr Duration kLate = std::chrono::seconds(1);
constexpr int kMostFailures = 3;
// Killed by somebody before their first decision, one after the other.
constexpr int kMostKilledEarly = 10;
constexpr Duration kFailuresWithin = std::chrono::seconds(60);

void settle_in_child() {
  proc::take_name("memguard-super");
  // Without the front there is nobody to receive execs or to end the run: the keeper does the rest.
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Out of the terminal's reach: Ctrl-C and Ctrl-Z are for the build.
  (void)::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  // A service that is stopped sends TERM to everyone: we stay until the front has ended the run.
  ignore_front_signals();
}

}  // namespace

SupervisorProcess::SupervisorProcess(SharedArea& area, std::function<int()> body, std::function<void()> make_safe)
    : area_(area), body_(std::move(body)), make_safe_(std::move(make_safe)) {}

Status SupervisorProcess::start() {
  const pid_t front = ::getpid();
  area_.heartbeat = checked_ = MonotonicClock::now();
  killed_by_us_ = false;
  decisions_ = area_.decisions;
  pid_ = ::fork();
  if (pid_ < 0) {
    const int code = errno;
    pid_ = 0;
    return fail("start the supervisor: fork", code);
  }
  if (pid_ > 0) return {};
  settle_in_child();
  if (::getppid() != front) ::_exit(125);  // it died before PDEATHSIG was set
  ::_exit(body_());
}

void SupervisorProcess::kill() {
  killed_by_us_ = true;
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void SupervisorProcess::renew() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void SupervisorProcess::check_heartbeat() {
  const Moment now = MonotonicClock::now();
  // A front that was late itself knows nothing of the time between: the supervisor's patience begins anew.
  if (now - checked_ > kLate) late_ = now;
  checked_ = now;
  const Duration silent = now - std::max(area_.heartbeat.load(), late_);
  if (silent <= kHeartbeatPatience) return;
  const auto stat = proc::read_stat(pid_);
  // Z: killed by somebody, and not yet gone because a thread of it is still writing a job to swap.
  const bool busy = stat && (stat->state == 'R' || stat->state == 'D' || stat->state == 'Z');
  if (!busy || silent > kBusyPatience) kill();
}

void SupervisorProcess::reaped(pid_t pid, int status, Duration cpu, Bytes peak) {
  if (pid != pid_) return;
  pid_ = 0;
  cpu_ += cpu;
  peak_ = std::max(peak_, peak);
  if (ending_ && WIFEXITED(status)) return;
  const bool hands_over = !ending_ && may_hand_over(status);
  if (!hands_over) make_safe_();
  if (ending_) return;
  given_up_ = (!hands_over && failed_too_often()) || !start();
  if (given_up_ && hands_over) make_safe_();
}

// Nothing is wrong with one that worked until somebody killed it, so the next one will work as well. One that was
// killed too early to have decided anything has not changed what is stopped either; on a machine that swaps it may take
// seconds to get that far, and to let everything run then is to lose the build.
bool SupervisorProcess::may_hand_over(int status) {
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !killed_by_us_;
  if (area_.decisions > decisions_) killed_early_ = 0;
  return killed && (area_.decisions > decisions_ || ++killed_early_ <= kMostKilledEarly);
}

bool SupervisorProcess::failed_too_often() {
  const Moment now = MonotonicClock::now();
  if (now - first_failure_ > kFailuresWithin) {
    first_failure_ = now;
    failures_ = 0;
  }
  return ++failures_ >= kMostFailures;
}

}  // namespace memguard::supervisor
