#include "supervisor/live/starters.h"

#include <algorithm>

namespace memguard::supervisor {
namespace {

// From a shim down to a job: a driver, collect2, a script around each.
constexpr int kMostStarters = 8;

std::pair<pid_t, std::uint64_t> key(const proc::Identity& process) { return {process.pid, process.start_ticks}; }

}  // namespace

void Starters::adopt(SharedArea& area) {
  std::map<std::pair<pid_t, std::uint64_t>, const JobRecord*> last;
  for (const JobRecord* job : area.jobs_by_arrival()) {
    if (job->starter.pid == 0) continue;
    const JobRecord*& before = last[key(job->starter)];
    note(*job, before != nullptr && (before->phase != JobPhase::ended || before->end > job->start));
    before = job;
  }
}

policy::FamilyId Starters::family_for(const proc::Identity& starter) {
  const auto found = starters_.find(key(starter));
  if (found == starters_.end() || found->second.several || jobs_.find(found->second.last_job) != nullptr)
    return jobs_.new_family();
  return jobs_.family_behind(found->second.last_family);
}

void Starters::joined(JobRecord& job, const proc::Identity& starter) {
  if (starter.pid == 0) return;
  job.starter = starter;
  const auto found = starters_.find(key(starter));
  note(job, found != starters_.end() && jobs_.find(found->second.last_job) != nullptr);
  if (starters_.size() > most_) forget_ended();
}

void Starters::note(const JobRecord& job, bool beside_last) {
  Starter& starter = starters_[key(job.starter)];
  starter.last_job = policy::JobId{job.id};
  starter.last_family = policy::FamilyId{job.family};
  starter.several = starter.several || beside_last;
}

// Every gcc is a starter. Of 70,000 compiles only the living ones are kept.
void Starters::forget_ended() {
  std::erase_if(starters_, [](const auto& entry) { return !proc::alive({entry.first.first, entry.first.second}); });
  most_ = std::max(most_, 2 * starters_.size());
}

proc::Identity starter_of(const Kinship& kin, const proc::Identity& shim) {
  auto above = kin.passed.begin();
  const auto found = std::ranges::find(kin.passed, shim);
  if (found != kin.passed.end()) above = std::next(found);
  return above == kin.passed.end() ? proc::Identity{} : *above;
}

Bytes starter_memory(const LiveJob& job, LiveJobs& jobs) {
  const pid_t shim = job.record->shim.pid;
  Bytes sum;
  auto below = proc::read_stat(job.processes.front().pid);
  for (int i = 0; i < kMostStarters && below && below->parent != shim; ++i) {
    const pid_t starter = below->parent;
    const Kinship kin = jobs.kin_of(starter, shim);
    if (starter <= 1 || (kin.same_process && !kin.job->exempt)) return {};
    sum += proc::unshared_memory(starter);
    below = proc::read_stat(starter);
  }
  return below && below->parent == shim ? sum : Bytes{};
}

}  // namespace memguard::supervisor
