#include "supervisor/live_jobs.h"

#include <algorithm>

#include "supervisor/job_reading.h"

namespace memguard::supervisor {
namespace {

// Of those that are stopped only the signals that wait for them change: a hundred are read in a quarter of a second.
constexpr Duration kStoppedInterval = std::chrono::milliseconds(250);
constexpr std::int64_t kStoppedAtOnce = 100;

// Beyond that the samples for decisions do.
constexpr Duration kFurthestLooks = std::chrono::milliseconds(500);

}  // namespace

void count_stop(JobRecord& record, Instant now) {
  if (record.phase == JobPhase::held) record.held += now - record.stopped_at;
  if (record.phase == JobPhase::frozen) record.frozen += now - record.stopped_at;
}

LiveJob& LiveJobs::insert(JobRecord& record) {
  LiveJob& job = jobs_.emplace_back();
  job.id = policy::JobId{static_cast<std::uint32_t>(&record - area_.jobs().data())};
  job.record = &record;
  job.processes = {record.process};
  job.let_go_at = record.start;
  return job;
}

LiveJob* LiveJobs::add(const ExecFacts& facts, policy::FamilyId family, Instant now) {
  JobRecord* record = area_.add_job();
  if (record == nullptr) return nullptr;
  static_cast<JobFacts&>(*record) = static_cast<const JobFacts&>(facts);
  record->process = facts.process;
  record->family = static_cast<std::uint32_t>(family);
  record->phase = JobPhase::waiting;
  record->start = now;
  LiveJob& job = insert(*record);
  job.old_stack = facts.old_stack;
  return &job;
}

std::vector<JobRecord*> LiveJobs::adopt(Instant now) {
  std::vector<JobRecord*> ended;
  for (JobRecord& record : area_.jobs()) {
    next_family_ = std::max(next_family_, record.family + 1);
    if (record.phase == JobPhase::ended) continue;
    if (proc::alive(record.process)) {
      (void)insert(record);
    } else {
      count_stop(record, now);
      record.phase = JobPhase::ended;
      record.end = now;
      // Found out by the one before us, who did not live to end it.
      const bool known = record.outcome != report::Outcome::running;
      if (!known) record.outcome = record.evicted ? report::Outcome::evicted : report::Outcome::done;
      ended.push_back(&record);
    }
  }
  return ended;
}

void LiveJobs::remove(policy::JobId id, report::Outcome outcome, Instant now) {
  LiveJob* job = find(id);
  if (job == nullptr) return;
  count_stop(*job->record, now);
  job->record->phase = JobPhase::ended;
  job->record->outcome = outcome;
  job->record->end = now;
  jobs_.remove_if([id](const LiveJob& other) { return other.id == id; });
}

void LiveJobs::disown(policy::JobId id, Instant now) {
  area_.jobs()[static_cast<std::size_t>(id)].never_ran = true;
  remove(id, report::Outcome::done, now);
}

LiveJob* LiveJobs::find(policy::JobId id) {
  const auto found = std::ranges::find(jobs_, id, &LiveJob::id);
  return found == jobs_.end() ? nullptr : &*found;
}

LiveJob* LiveJobs::owner_of(const proc::Identity& process) {
  const auto found =
      std::ranges::find_if(jobs_, [&](const LiveJob& job) { return std::ranges::count(job.processes, process) > 0; });
  return found == jobs_.end() ? nullptr : &*found;
}

Kinship LiveJobs::kin_of(pid_t pid, pid_t top) {
  LiveJob* job = nullptr;
  const auto found = proc::first_upward(pid, top, [&](const proc::Stat& process) {
    job = owner_of({process.pid, process.start_ticks});
    return job != nullptr;
  });
  return {job, found && found->pid == pid};
}

policy::FamilyId LiveJobs::new_family() { return policy::FamilyId{next_family_++}; }

void LiveJobs::measure(Instant now) {
  const auto stopped = std::ranges::count_if(jobs_, &LiveJob::stopped);
  const Duration stopped_interval = kStoppedInterval * std::max<std::int64_t>(stopped, kStoppedAtOnce) / kStoppedAtOnce;
  for (LiveJob& job : jobs_) {
    // Before its exec a waiting job is still its parent's image.
    if (job.record->phase == JobPhase::waiting) continue;
    if (!job.stopped()) {
      read_shortly(job, now);
    } else if (now - job.in_full.at >= stopped_interval) {
      read_in_full(job, now);
    }
  }
}

std::optional<Duration> LiveJobs::measure_young(Instant now) {
  std::optional<Duration> next;
  for (LiveJob& job : jobs_) {
    if (job.record->phase != JobPhase::running) continue;
    const Duration interval = full_reading_interval(*job.record, now);
    if (interval > kFurthestLooks) continue;
    if (now - job.in_full.at >= interval) read_in_full(job, now);
    const Duration due = job.in_full.at + interval - now;
    next = std::min(next.value_or(due), due);
  }
  return next;
}

}  // namespace memguard::supervisor
