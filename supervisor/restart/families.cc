#include "supervisor/restart/families.h"

#include <algorithm>
#include <utility>

namespace memguard::supervisor {
namespace {

// Two kills may be the fault of others; policy lets it run alone then (policy/settings.h, oom_kills_most).
constexpr int kKillsAlone = 2;
constexpr int kMostKills = 5;

std::uint32_t key(policy::FamilyId family) { return static_cast<std::uint32_t>(family); }

void raise(std::map<std::uint16_t, Bytes>& most, std::uint16_t job_class, Bytes size) {
  most[job_class] = std::max(most[job_class], size);
}

std::optional<Bytes> size_of(const std::map<std::uint16_t, Bytes>& sizes, policy::ClassId job_class) {
  const auto found = sizes.find(static_cast<std::uint16_t>(job_class));
  return found == sizes.end() ? std::nullopt : std::optional(found->second);
}

bool killed_for_memory(const JobRecord& job) {
  return job.outcome == report::Outcome::oom || job.outcome == report::Outcome::oom_restarted;
}

}  // namespace

Families::Families(SharedArea& area) {
  for (JobRecord* job : area.jobs_by_arrival()) read(*job);
  std::erase_if(families_, [](const auto& entry) { return !entry.second.has_shim && entry.second.members.empty(); });
  // Told to start again, but nothing of it has arrived yet.
  for (auto& [id, family] : families_) {
    if (std::ranges::any_of(family.members, &JobRecord::restarted)) next_start(family);
  }
}

void Families::next_start(History& family) {
  ++family.starts;
  family.evicted = family.killed = family.alone = false;
  family.members.clear();
}

void Families::note_shim(const JobRecord& job, History& family) {
  if (job.shim.pid == 0) return;
  family.has_shim = true;
  shims_[{job.shim.pid, job.shim.start_ticks}] = job.family;
}

// In order of arrival, so that the last start of a family is the one that counts as present.
void Families::read(JobRecord& job) {
  History& family = families_[job.family];
  note_shim(job, family);
  while (family.starts < job.start_number) next_start(family);
  if (job.phase != JobPhase::ended || job.shim.pid != 0) family.members.push_back(&job);
  if (job.evicted) {
    if (!std::exchange(family.evicted, true)) ++family.evictions;
    raise(family.evicted_at, job.job_class, job.peak);
  }
  // Noted at its death, also where whoever noted it did not live to end the record.
  if (killed_for_memory(job)) killed(job, job.alone);
}

std::optional<policy::FamilyId> Families::of_shim(const proc::Identity& shim) const {
  const auto found = shims_.find({shim.pid, shim.start_ticks});
  return found == shims_.end() ? std::nullopt : std::optional(policy::FamilyId{found->second});
}

void Families::joined(JobRecord& job, const proc::Identity& shim) {
  History& family = families_[job.family];
  // A supervisor before us told its shim to start it again, and was killed before it noted that.
  const auto has_ended = [](const JobRecord* member) { return member->phase == JobPhase::ended; };
  if ((family.evicted || family.killed) && std::ranges::all_of(family.members, has_ended)) next_start(family);
  job.shim = shim;
  job.start_number = static_cast<std::uint16_t>(family.starts);
  family.members.push_back(&job);
  note_shim(job, family);
}

void Families::ended(JobRecord& job) {
  const auto found = families_.find(job.family);
  if (found == families_.end() || job.shim.pid != 0) return;
  std::erase(found->second.members, &job);
  if (found->second.members.empty() && !found->second.has_shim) families_.erase(found);
}

void Families::forget(JobRecord* job) {
  const auto found = job != nullptr ? families_.find(job->family) : families_.end();
  if (found == families_.end()) return;
  std::erase(found->second.members, job);
  if (!found->second.members.empty() || proc::alive(job->shim)) return;
  shims_.erase({job->shim.pid, job->shim.start_ticks});
  families_.erase(found);
}

void Families::evicted(policy::FamilyId id, const std::list<LiveJob>& jobs, bool has_begun) {
  History& family = families_[key(id)];
  for (const LiveJob& job : jobs) {
    if (job.family() != id) continue;
    job.record->evicted = true;
    if (has_begun) raise(family.evicted_at, job.record->job_class, job.memory);
  }
  if (!std::exchange(family.evicted, true) && has_begun) ++family.evictions;
}

void Families::killed(const JobRecord& job, bool alone) {
  History& family = families_[job.family];
  raise(family.killed_at, job.job_class, job.peak);
  if (!std::exchange(family.killed, true)) ++family.oom_kills;
  family.alone = family.alone || alone;
}

bool Families::ended_by_memory(policy::FamilyId id) const {
  const auto found = families_.find(key(id));
  return found != families_.end() && (found->second.evicted || found->second.killed);
}

std::vector<JobRecord*> Families::members(policy::FamilyId id) const {
  const auto found = families_.find(key(id));
  return found == families_.end() ? std::vector<JobRecord*>() : found->second.members;
}

bool Families::worth_restarting(policy::FamilyId id) const {
  const auto found = families_.find(key(id));
  if (found == families_.end()) return false;
  const History& family = found->second;
  if (family.evicted) return true;
  const bool too_large = family.alone && family.oom_kills >= kKillsAlone;
  return family.killed && !too_large && family.oom_kills <= kMostKills;
}

void Families::restarted(policy::FamilyId id) {
  History& family = families_[key(id)];
  for (JobRecord* job : family.members) job->restarted = true;
  next_start(family);
}

void Families::describe(policy::JobSeen& job) const {
  const auto found = families_.find(key(job.family));
  if (found == families_.end()) return;
  job.evictions = found->second.evictions;
  job.oom_kills = found->second.oom_kills;
  job.evicted_at = size_of(found->second.evicted_at, job.job_class);
  job.killed_at = size_of(found->second.killed_at, job.job_class);
}

}  // namespace memguard::supervisor
