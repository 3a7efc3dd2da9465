#include "supervisor/stop/stop_target.h"

#include <map>

namespace memguard::supervisor {

StopTarget target_of(const LiveJob& job, const LiveJobs& jobs, const std::vector<proc::Stat>& everyone) {
  std::map<pid_t, proc::Identity> mine;
  for (const auto& process : job.processes) {
    mine.emplace(process.pid, process);
    for (const auto& below : proc::descendants(process.pid, everyone)) {
      mine.emplace(below.pid, proc::Identity{below.pid, below.start_ticks});
    }
  }
  for (const LiveJob& other : jobs.all()) {
    const pid_t root = other.processes.front().pid;
    if (!mine.contains(root) || root == job.processes.front().pid) continue;
    // An ancestor is not in `mine`, so this job's own processes stay.
    mine.erase(root);
    for (const auto& below : proc::descendants(root, everyone)) mine.erase(below.pid);
  }
  StopTarget target{job.record->leaf, {}};
  for (const auto& [pid, process] : mine) target.processes.push_back(process);
  return target;
}

}  // namespace memguard::supervisor
