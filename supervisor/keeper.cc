#include "supervisor/keeper.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <fmt/format.h>

#include "base/io.h"
#include "proc/process.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(20);
constexpr Duration kPatience = std::chrono::seconds(5);

bool belongs_to_run(pid_t pid, const std::string& entry) {
  const auto environment = read_at(AT_FDCWD, fmt::format("/proc/{}/environ", pid));
  if (!environment) return false;
  const auto found = environment->find(entry);
  return found == 0 || (found != std::string::npos && (*environment)[found - 1] == '\0');
}

bool kill_once(const std::string& entry) {
  bool any = false;
  for (const auto& process : proc::all_processes()) {
    if (process.pid == ::getpid() || process.state == 'Z' || !belongs_to_run(process.pid, entry)) continue;
    any = ::kill(process.pid, SIGKILL) == 0 || any;
  }
  return any;
}

// What was stopped by us is killed even if its environment says nothing.
void kill_recorded(SharedArea& area) {
  for (const JobRecord& job : area.jobs()) {
    if (job.phase != JobPhase::ended && proc::alive(job.process)) ::kill(job.process.pid, SIGKILL);
  }
}

[[noreturn]] void keep(cgroup::Home& home, SharedArea& area, const std::string& run_id, int word) {
  // Not "memguard": `pkill -9 memguard` is one of the things it is there for.
  (void)::prctl(PR_SET_NAME, "mg-keeper");
  (void)::setsid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) (void)::signal(signal, SIG_IGN);
  char dismissed = 0;
  ssize_t got = 0;
  do {
    got = ::read(word, &dismissed, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) ::_exit(0);
  if (home.build) {
    (void)cgroup::leave_home(home);
  } else {
    kill_recorded(area);
    kill_by_environment(run_id, kPatience);
  }
  ::_exit(0);
}

// The terminal, pipes of the build's output: whoever reads them must see their end when the build is gone, not when we
// are.
void let_go_of_standard_streams() {
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) (void)::dup2(null.get(), stream);
}

}  // namespace

Result<Keeper> start_keeper(cgroup::Home& home, SharedArea& area, const std::string& run_id,
                            const std::vector<int>& not_kept) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("start the keeper: make a pipe");
  UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("start the keeper: fork");
  if (pid == 0) {
    writes.reset();
    for (const int fd : not_kept) {
      if (fd >= 0) ::close(fd);
    }
    let_go_of_standard_streams();
    keep(home, area, run_id, reads.get());
  }
  return Keeper{pid, std::move(writes)};
}

void dismiss(Keeper& keeper) {
  (void)!::write(keeper.word.get(), "d", 1);
  keeper.word.reset();
  (void)::waitpid(keeper.pid, nullptr, 0);
}

void kill_by_environment(const std::string& run_id, Duration patience) {
  const std::string entry = fmt::format("MEMGUARD_RUN={}", run_id);
  for (Duration waited{}; waited < patience && kill_once(entry); waited += kStep) {
    const timespec pause{0, static_cast<long>(kStep.count())};
    (void)::nanosleep(&pause, nullptr);
  }
}

}  // namespace memguard::supervisor
