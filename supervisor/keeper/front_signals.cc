#include "supervisor/keeper/front_signals.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

constexpr std::array kEndSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
// What cannot be taken, what the terminal's reader is stopped by, and what the processor raises.
constexpr std::array kNotTaken{SIGKILL, SIGSTOP, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

// The C library keeps those between the standard and the first real-time signal for itself.
bool may_be_taken(int signal) {
  return std::ranges::find(kNotTaken, signal) == kNotTaken.end() && (signal <= SIGSYS || signal >= SIGRTMIN);
}

bool ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// The mask behind "SigCgt:\t" in the text of /proc/PID/status.
std::uint64_t signal_mask(const std::string& status, const std::string& field) {
  const auto at = status.find("\n" + field + ":\t");
  if (at == std::string::npos) return 0;
  const char* start = status.data() + at + field.size() + 3;
  std::uint64_t mask = 0;
  std::from_chars(start, status.data() + status.size(), mask, 16);
  return mask;
}

}  // namespace

Result<FrontSignals> open_front_signals() {
  // Inherited as ignored, the kernel would reap our children itself.
  if (ignored(SIGCHLD)) (void)::signal(SIGCHLD, SIG_DFL);
  FrontSignals signals;
  ::sigemptyset(&signals.taken);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (may_be_taken(signal) && !ignored(signal)) ::sigaddset(&signals.taken, signal);
  }
  sigset_t blocked = signals.taken;
  ::sigaddset(&blocked, SIGPIPE);
  ::sigaddset(&blocked, SIGXFSZ);
  if (::sigprocmask(SIG_BLOCK, &blocked, &signals.original_mask) != 0) return fail_errno("block signals");
  signals.fd = UniqueFd(::signalfd(-1, &signals.taken, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.fd) return fail_errno("make a signalfd");
  return signals;
}

SignalsEndUs::SignalsEndUs(const FrontSignals& signals) {
  sigset_t open = signals.taken;
  for (const int kept : {SIGPIPE, SIGXFSZ, SIGCHLD, SIGTSTP}) ::sigdelset(&open, kept);
  // What our caller has blocked would not have ended it either.
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (::sigismember(&signals.original_mask, signal) == 1) ::sigdelset(&open, signal);
  }
  (void)::sigprocmask(SIG_UNBLOCK, &open, &before_);
}

SignalsEndUs::~SignalsEndUs() { (void)::sigprocmask(SIG_SETMASK, &before_, nullptr); }

void ignore_front_signals() {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (may_be_taken(signal) && signal != SIGCHLD) (void)::signal(signal, SIG_IGN);
  }
}

bool tells_to_end(int signal) { return std::ranges::find(kEndSignals, signal) != kEndSignals.end(); }

void pass_on(const signalfd_siginfo& signal, pid_t pid) {
  const int number = static_cast<int>(signal.ssi_signo);
  sigval value{};
  value.sival_ptr = reinterpret_cast<void*>(signal.ssi_ptr);  // NOLINT: as the sender gave it
  if (signal.ssi_code == SI_QUEUE && ::sigqueue(pid, number, value) == 0) return;
  ::kill(pid, number);
}

void stop_for_terminal() {
  sigset_t only;
  sigset_t before;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGTSTP);
  (void)::raise(SIGTSTP);
  (void)::sigprocmask(SIG_UNBLOCK, &only, &before);
  (void)::sigprocmask(SIG_SETMASK, &before, nullptr);
}

bool handles_signal(pid_t pid, int signal) {
  const auto status = read_at(AT_FDCWD, fmt::format("/proc/{}/status", pid));
  if (!status) return false;
  const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(signal - 1);
  return ((signal_mask(*status, "SigCgt") | signal_mask(*status, "SigIgn")) & bit) != 0;
}

void end_by_signal(int signal) {
  const rlimit no_core{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &no_core);
  (void)::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  (void)::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  (void)::raise(signal);
}

}  // namespace memguard::supervisor
