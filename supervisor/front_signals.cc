#include "supervisor/front_signals.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

constexpr std::array kEndSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

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
  sigset_t taken;
  ::sigemptyset(&taken);
  ::sigaddset(&taken, SIGCHLD);
  for (const int signal : kEndSignals) {
    if (!ignored(signal)) ::sigaddset(&taken, signal);
  }
  FrontSignals signals;
  sigset_t blocked = taken;
  ::sigaddset(&blocked, SIGPIPE);
  ::sigaddset(&blocked, SIGXFSZ);
  if (::sigprocmask(SIG_BLOCK, &blocked, &signals.original_mask) != 0) return fail_errno("block signals");
  signals.fd = UniqueFd(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.fd) return fail_errno("make a signalfd");
  return signals;
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
