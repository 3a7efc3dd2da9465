#include "supervisor/keeper/witness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/clock.h"
#include "proc/own_name.h"
#include "supervisor/keeper/keeper.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(1);
constexpr Duration kKeeperStep = std::chrono::milliseconds(20);
constexpr int kMostSteps = 20;
constexpr int kMostBusySteps = 500;

void note_signals(int fd, SharedArea& area) {
  signalfd_siginfo signal{};
  while (::read(fd, &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo < SharedArea::kSignals) ++area.witnessed[signal.ssi_signo];
  }
}

// Until the front is gone: alone it has the other end of `word`, and does not write to it.
void watch(int signals, int word, SharedArea& area) {
  while (true) {
    std::array<pollfd, 2> watched{{{signals, POLLIN, 0}, {word, POLLIN, 0}}};
    (void)::poll(watched.data(), watched.size(), -1);
    if ((watched[0].revents & POLLIN) != 0) note_signals(signals, area);
    if (watched[1].revents != 0) return;
  }
}

bool is_pending(const proc::ProcessStatus& witness, int signal) {
  return (witness.pending_signals >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

bool waits_for(pid_t witness, int signal) {
  const auto status = proc::read_status(witness);
  return status && is_pending(*status, signal);
}

// The signal waits for the witness, or that runs, and may just have read it.
bool may_count(pid_t witness, int signal) {
  const auto status = proc::read_status(witness);
  return status && status->state != 'T' && (is_pending(*status, signal) || status->state == 'R');
}

// The keeper is the first to clean up. One that was stopped will not, and is killed.
void await_keeper(const SharedArea& area) {
  while (!area.cleaned_up && area.keeper.pid > 0 && proc::alive(area.keeper)) {
    const auto stat = proc::read_stat(area.keeper.pid);
    if (stat && stat->state == 'T') ::kill(area.keeper.pid, SIGKILL);
    pause_for(kKeeperStep);
  }
}

}  // namespace

Status Witness::start(cgroup::Home& home, SharedArea& area, const FrontSignals& signals, const std::string& run_id,
                      const std::vector<int>& not_kept) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("start the witness of signals: make a pipe");
  UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  for (std::size_t i = 0; i < known_.size(); ++i) known_[i] = area.witnessed[i];
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("start the witness of signals: fork");
  if (pid > 0) {
    pid_ = pid;
    word_ = std::move(writes);
    return {};
  }
  writes.reset();
  // Not "memguard": `pkill -9 memguard` is one of the things it is there for.
  proc::take_name("mg-witness");
  for (const int fd : not_kept) {
    if (fd >= 0) ::close(fd);
  }
  let_go_of_standard_streams();
  // Of its own: what is read from a signalfd is of the process that reads, but shares nothing with the front so.
  const UniqueFd own(::signalfd(-1, &signals.taken, SFD_CLOEXEC | SFD_NONBLOCK));
  watch(own.get(), reads.get(), area);
  await_keeper(area);
  if (!area.cleaned_up) clean_up_after_front(home, area, run_id);
  ::_exit(0);
}

bool Witness::saw(const SharedArea& area, int signal) {
  const auto number = static_cast<std::size_t>(signal);
  if (pid_ <= 0 || number == 0 || number >= known_.size()) return false;
  const std::atomic<std::uint32_t>& counted = area.witnessed[number];
  std::uint32_t& known = known_[number];
  const auto is_new = [&] { return static_cast<std::int32_t>(counted - known) > 0; };
  // On a machine whose processors are all busy the witness comes late to what waits for it.
  for (int i = 0; !is_new() && (i < kMostSteps || (i < kMostBusySteps && may_count(pid_, signal))); ++i)
    pause_for(kStep);
  if (is_new()) {
    // Those of real time queue, so that each is counted. Of others several may have come to the front as one.
    known = signal >= SIGRTMIN ? known + 1 : counted.load();
    return true;
  }
  // What waits for a witness that is stopped is counted later. It stands for one signal: this one, or the one before.
  const bool unread = waits_for(pid_, signal);
  const bool this_one = unread && known == counted;
  known = unread ? counted + 1 : counted.load();
  return this_one;
}

void Witness::dismiss() {
  if (pid_ <= 0) return;
  // Also when somebody has stopped it.
  ::kill(pid_, SIGKILL);
  (void)::waitpid(pid_, nullptr, 0);
  pid_ = 0;
  word_.reset();
}

}  // namespace memguard::supervisor
