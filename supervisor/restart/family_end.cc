#include "supervisor/restart/family_end.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "base/clock.h"

namespace memguard::supervisor {
namespace {

constexpr int kMostGenerations = 64;
// Forks race with the looking; each round finds what was forked before its parent was stopped.
constexpr int kMostRounds = 100;
// Between two rounds: as long as it takes a running thread to see a signal.
constexpr Duration kBetweenRounds = std::chrono::milliseconds(1);

using Found = std::map<pid_t, proc::Identity>;

const proc::Stat* find(const std::vector<proc::Stat>& everyone, pid_t pid) {
  const auto found = std::ranges::find(everyone, pid, &proc::Stat::pid);
  return found == everyone.end() ? nullptr : &*found;
}

void add(Found& found, const proc::Stat& process) {
  if (process.state != 'Z') found.emplace(process.pid, proc::Identity{process.pid, process.start_ticks});
}

void add_below_shim(Found& found, const FamilyTree& family, const std::vector<proc::Stat>& everyone) {
  const proc::Stat* shim = find(everyone, family.shim.pid);
  if (shim == nullptr || shim->start_ticks != family.shim.start_ticks) return;
  const pid_t session = ::getsid(shim->pid);
  for (const auto& below : proc::descendants(shim->pid, everyone)) {
    if (::getsid(below.pid) == session) add(found, below);
  }
}

// The job, what is below it, and what is above it when that leads past the shim.
void add_around_job(Found& found, const FamilyTree& family, const proc::Stat& job,
                    const std::vector<proc::Stat>& everyone) {
  add(found, job);
  for (const auto& below : proc::descendants(job.pid, everyone)) add(found, below);
  std::vector<const proc::Stat*> above;
  const proc::Stat* process = find(everyone, job.parent);
  for (int i = 0; i < kMostGenerations && process != nullptr && process->pid > 1; ++i) {
    if (process->pid == family.shim.pid) return;
    if (process->pid == family.front) break;
    above.push_back(process);
    process = find(everyone, process->parent);
  }
  // Not below the front any more: none of ours.
  if (process == nullptr || process->pid != family.front) return;
  for (const proc::Stat* orphan : above) add(found, *orphan);
}

Found look(const FamilyTree& family) {
  const auto everyone = proc::all_processes();
  Found found;
  add_below_shim(found, family, everyone);
  for (const proc::Identity& job : family.jobs) {
    const proc::Stat* process = find(everyone, job.pid);
    if (process == nullptr || process->start_ticks != job.start_ticks) continue;
    add_around_job(found, family, *process, everyone);
  }
  found.erase(family.shim.pid);
  found.erase(family.front);
  return found;
}

// True when there was any.
bool stop_new(const Found& found, Found& stopped) {
  bool any = false;
  for (const auto& [pid, process] : found) {
    if (!stopped.emplace(pid, process).second) continue;
    ::kill(pid, SIGSTOP);
    any = true;
  }
  return any;
}

// Whether any thread is where it could be forking: on a processor, or waiting in a way that signals do not end.
bool runs(pid_t process) {
  return std::ranges::any_of(proc::threads(process), [](pid_t thread) {
    const auto stat = proc::read_stat(thread);
    return stat && (stat->state == 'R' || stat->state == 'D');
  });
}

}  // namespace

std::vector<proc::Identity> processes_of(const FamilyTree& family) {
  std::vector<proc::Identity> processes;
  for (const auto& [pid, process] : look(family)) processes.push_back(process);
  return processes;
}

std::vector<proc::Identity> kill_family(const FamilyTree& family) {
  Found stopped;
  for (int round = 0; round < kMostRounds; ++round) {
    // Before it is looked: then whatever they have forked is there to be found.
    const bool may_fork = std::ranges::any_of(stopped, [](const auto& entry) { return runs(entry.first); });
    if (stop_new(look(family), stopped)) continue;
    if (!may_fork) break;
    pause_for(kBetweenRounds);
  }
  std::vector<proc::Identity> killed;
  for (const auto& [pid, process] : stopped) {
    if (!proc::alive(process)) continue;
    ::kill(pid, SIGKILL);
    killed.push_back(process);
  }
  return killed;
}

}  // namespace memguard::supervisor
