#include "supervisor/keeper/keeper.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "proc/lines.h"
#include "proc/own_name.h"
#include "proc/process.h"
#include "supervisor/keeper/front_signals.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(20);
constexpr Duration kPatience = std::chrono::seconds(5);

bool belongs_to_run(pid_t pid, const std::string& entry) {
  const auto environment = read_at(AT_FDCWD, fmt::format("/proc/{}/environ", pid));
  if (!environment) return false;
  const auto entries = proc::split(*environment, {"\0", 1});
  return std::ranges::find(entries, entry) != entries.end();
}

bool same_pid_namespace(pid_t pid) {
  std::error_code error;
  const auto ours = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return !error && std::filesystem::read_symlink(fmt::format("/proc/{}/ns/pid", pid), error) == ours && !error;
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
  proc::take_name("mg-keeper");
  (void)::setsid();
  ignore_front_signals();
  // The front closes it by its end, and says nothing.
  char nothing = 0;
  while (::read(word, &nothing, 1) < 0 && errno == EINTR) {}
  clean_up_after_front(home, area, run_id);
  ::_exit(0);
}

}  // namespace

void clean_up_after_front(cgroup::Home& home, SharedArea& area, const std::string& run_id) {
  if (home.can().leaves) {
    (void)cgroup::leave_home(home);
  } else {
    kill_recorded(area);
    kill_by_environment(run_id, kPatience);
  }
  area.cleaned_up = true;
}

void let_go_of_standard_streams() {
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) (void)::dup2(null.get(), stream);
}

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
  const auto stat = proc::read_stat(pid);
  area.keeper = {pid, stat ? stat->start_ticks : 0};
  return Keeper{pid, std::move(writes)};
}

void dismiss(Keeper& keeper) {
  ::kill(keeper.pid, SIGKILL);
  (void)::waitpid(keeper.pid, nullptr, 0);
  keeper.word.reset();
}

void kill_by_environment(const std::string& run_id, Duration patience) {
  const std::string entry = fmt::format("MEMGUARD_RUN={}", run_id);
  for (Duration waited{}; waited < patience && kill_once(entry); waited += kStep) {
    pause_for(kStep);
  }
}

namespace {

// The value of MEMGUARD_RUN, whose front is gone, of a process of our pid namespace; empty for any other. In another
// namespace that front's pid would be another one.
std::string dead_run_of(pid_t pid) {
  constexpr std::string_view kVariable = "MEMGUARD_RUN=";
  const auto environment = read_at(AT_FDCWD, fmt::format("/proc/{}/environ", pid));
  if (!environment || !same_pid_namespace(pid)) return {};
  for (const auto entry : proc::split(*environment, {"\0", 1})) {
    if (!entry.starts_with(kVariable)) continue;
    const auto run = entry.substr(kVariable.size());
    const auto front = to_number<pid_t>(run.substr(0, run.find(':')));
    const auto stat = front ? proc::read_stat(*front) : Result<proc::Stat>(proc::Stat{});
    return !stat && stat.error().gone() ? std::string(run) : std::string();
  }
  return {};
}

bool is_helper(pid_t pid) {
  const auto name = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", pid));
  return name && (*name == "mg-keeper\n" || *name == "mg-witness\n");
}

}  // namespace

void sweep_stopped_runs() {
  std::set<std::string> runs;
  for (const auto& process : proc::all_processes()) {
    if (process.state != 'T') continue;
    // One whose front lives goes on waiting.
    if (is_helper(process.pid) && same_pid_namespace(process.pid)) ::kill(process.pid, SIGCONT);
    if (auto run = dead_run_of(process.pid); !run.empty()) runs.insert(std::move(run));
  }
  for (const auto& run : runs) kill_by_environment(run, kPatience);
}

}  // namespace memguard::supervisor
