#include "supervisor/trial/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "supervisor/trial/trial_run.h"

namespace memguard::supervisor {
namespace {

// systemd may take 10 s for a scope that it does not give.
constexpr Duration kPatience = std::chrono::seconds(12);
// For the keeper to remove the tree of a trial that was killed.
constexpr Duration kCleanUp = std::chrono::seconds(5);

// All that is written until the last writer has gone or the time is up; the keeper is a writer too. False: time is up.
bool read_until_end(int pipe, Duration patience, std::string& text) {
  const Moment give_up_at = MonotonicClock::now() + patience;
  std::array<char, 4096> some;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  while (true) {
    pollfd readable{pipe, POLLIN, 0};
    const int ready = ::poll(&readable, 1, milliseconds_until(give_up_at));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(pipe, some.data(), some.size());
    if (got <= 0) return true;
    text.append(some.data(), static_cast<std::size_t>(got));
  }
}

Trial failed_trial(const cgroup::Missing& why) {
  Trial trial;
  trial.gate_failed = trial.stop_failed = {why};
  return trial;
}

}  // namespace

Trial try_run(const config::Config& config) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failed_trial({Error{"make a pipe", errno, {}}.text(), "Raise ulimit -n."});
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const pid_t caller = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return failed_trial({Error{"fork", errno, {}}.text(), "Raise ulimit -u, or pids.max of the cgroup."});
  if (child == 0) {
    // It waits where it would do harm: trial_run.cc blocks it until a keeper is there to clean up.
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != caller) ::_exit(1);
    run_trial(config, TrialReport(writes.get()));
  }
  writes.reset();
  std::string lines;
  const bool ended = read_until_end(reads.get(), kPatience, lines);
  if (!ended) {
    ::kill(child, SIGKILL);
    (void)read_until_end(reads.get(), kCleanUp, lines);
  }
  (void)::waitpid(child, nullptr, 0);
  return read_trial(lines, !ended);
}

}  // namespace memguard::supervisor
