// Who is below whom: all of /proc read once, or the parents of one process.
#include <cerrno>
#include <csignal>
#include <memory>
#include <set>
#include <unordered_map>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include "base/io.h"
#include "proc/lines.h"
#include "proc/process.h"

namespace memguard::proc {
namespace {

// A chain of parents is longer only by a bug or a hostile /proc.
constexpr int kMostGenerations = 64;

// The names that are numbers: processes in /proc, threads in /proc/PID/task. None of a folder that vanished.
std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  if (!entries) return numbers;
  while (const dirent* entry = ::readdir(entries.get())) {
    const auto number = to_number<pid_t>(entry->d_name);
    if (number && *number > 0) numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

std::vector<pid_t> threads(pid_t pid) { return numbers_in(fmt::format("/proc/{}/task", pid)); }

std::vector<Stat> stats_of(const std::vector<pid_t>& pids) {
  std::vector<Stat> processes;
  processes.reserve(pids.size());
  for (const pid_t pid : pids) {
    if (auto stat = read_stat(pid)) processes.push_back(*stat);
  }
  return processes;
}

std::vector<Stat> all_processes() { return stats_of(numbers_in("/proc")); }

std::vector<Stat> descendants(pid_t root) { return descendants(root, all_processes()); }

std::vector<Stat> descendants(pid_t root, const std::vector<Stat>& processes) {
  std::unordered_multimap<pid_t, const Stat*> children;
  for (const auto& process : processes) children.emplace(process.parent, &process);
  std::vector<Stat> found;
  // /proc is not read at one instant: a pid used twice meanwhile could close a circle.
  std::set<pid_t> seen{root};
  pid_t parent = root;
  for (std::size_t next = 0;; parent = found[next++].pid) {
    const auto [first, last] = children.equal_range(parent);
    for (auto child = first; child != last; ++child) {
      if (seen.insert(child->second->pid).second) found.push_back(*child->second);
    }
    if (next == found.size()) return found;
  }
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const auto text = read_at(AT_FDCWD, fmt::format("/proc/{0}/task/{0}/children", pid));
  if (!text) return children;
  for (const auto word : split(*text, " \n")) {
    if (const auto child = to_number<pid_t>(word)) children.push_back(*child);
  }
  return children;
}

std::optional<Stat> first_upward(pid_t pid, pid_t top, const std::function<bool(const Stat&)>& wanted) {
  for (int generation = 0; generation < kMostGenerations && pid > 1 && pid != top; ++generation) {
    const auto stat = read_stat(pid);
    if (!stat) return std::nullopt;
    if (wanted(*stat)) return *stat;
    pid = stat->parent;
  }
  return std::nullopt;
}

bool is_below(pid_t pid, pid_t ancestor) {
  return first_upward(pid, ancestor, [ancestor](const Stat& process) { return process.parent == ancestor; })
      .has_value();
}

bool alive(const Identity& process) {
  const auto stat = read_stat(process.pid);
  // We have no descriptor left to look with: who holds the pid is better taken for alive than given up.
  if (!stat && !stat.error().gone()) return ::kill(process.pid, 0) == 0 || errno == EPERM;
  return stat && stat->start_ticks == process.start_ticks && stat->state != 'Z' && stat->state != 'X';
}

}  // namespace memguard::proc
