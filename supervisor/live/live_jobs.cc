#include "supervisor/live/live_jobs.h"

#include <algorithm>
#include <iterator>

#include "config/config.h"
#include "supervisor/live/job_reading.h"

namespace memguard::supervisor {
namespace {

// Of those that are stopped only the signals that wait for them change: a hundred are read in a quarter of a second.
constexpr Duration kStoppedInterval = std::chrono::milliseconds(250);
constexpr std::int64_t kStoppedAtOnce = 100;

// A rustc takes 50 to 200 MiB a second, often the most at its end: 4 MiB between two looks. All looks together are kept
// to 250 a second, a thousandth of a processor or two.
constexpr Duration kClosestLooks = std::chrono::milliseconds(20);
constexpr Duration kLookPerJob = std::chrono::milliseconds(4);
// And to 500 where all are young: a rustc of a small library lives 58 ms.
constexpr Duration kLookPerYoungJob = std::chrono::milliseconds(2);
// Beyond that the samples for decisions do.
constexpr Duration kFurthestLooks = std::chrono::milliseconds(250);

}  // namespace

std::optional<policy::JobId> LiveJob::above() const {
  return record->above < 0 ? std::nullopt : std::optional(policy::JobId{static_cast<std::uint32_t>(record->above)});
}

LiveJob& LiveJobs::insert(JobRecord& record) {
  LiveJob& job = jobs_.emplace_back();
  job.id = policy::JobId{record.id};
  job.record = &record;
  job.processes = {record.process};
  by_id_[job.id] = std::prev(jobs_.end());
  return job;
}

LiveJob* LiveJobs::add(const ExecFacts& facts, policy::FamilyId family, Instant now) {
  JobRecord* record = area_.add_job();
  if (record == nullptr) return nullptr;
  static_cast<JobFacts&>(*record) = static_cast<const JobFacts&>(facts);
  record->process = facts.process;
  record->family = static_cast<std::uint32_t>(family);
  record->policy_class = facts.job_class;
  enter(*record, JobPhase::waiting, now);
  record->start = now;
  LiveJob& job = insert(*record);
  job.old_stack = facts.old_stack;
  return &job;
}

std::vector<JobRecord*> LiveJobs::adopt(Instant now) {
  std::vector<JobRecord*> ended;
  for (JobRecord* entry : area_.jobs_by_arrival()) {
    JobRecord& record = *entry;
    next_family_ = std::max(next_family_, (record.family / kAges + 1) * kAges);
    if (record.phase == JobPhase::ended) continue;
    // Killed before it had written who that is.
    record.never_ran = record.never_ran || record.process.pid == 0;
    if (proc::alive(record.process)) {
      (void)insert(record);
    } else {
      enter(record, JobPhase::ended, now);
      // Found out by the one before us, who did not live to end it.
      const bool known = record.outcome != report::Outcome::running;
      if (!known) record.outcome = record.evicted ? report::Outcome::evicted : report::Outcome::done;
      ended.push_back(&record);
    }
  }
  return ended;
}

void LiveJobs::remove(policy::JobId id, report::Outcome outcome, Instant now) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  JobRecord& record = *found->second->record;
  enter(record, JobPhase::ended, now);
  record.outcome = outcome;
  jobs_.erase(found->second);
  by_id_.erase(found);
}

void LiveJobs::disown(policy::JobId id, Instant now) {
  if (JobRecord* record = area_.job(static_cast<std::uint32_t>(id))) record->never_ran = true;
  remove(id, report::Outcome::done, now);
}

LiveJob* LiveJobs::find(policy::JobId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &*found->second;
}

const LiveJob* LiveJobs::find(policy::JobId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &*found->second;
}

LiveJob* LiveJobs::owner_of(const proc::Identity& process) {
  const auto found =
      std::ranges::find_if(jobs_, [&](const LiveJob& job) { return std::ranges::count(job.processes, process) > 0; });
  return found == jobs_.end() ? nullptr : &*found;
}

Kinship LiveJobs::kin_of(pid_t pid, pid_t top) {
  Kinship kin;
  const auto found = proc::first_upward(pid, top, [&](const proc::Stat& process) {
    const proc::Identity identity{process.pid, process.start_ticks};
    kin.job = owner_of(identity);
    if (kin.job == nullptr) kin.passed.push_back(identity);
    return kin.job != nullptr;
  });
  kin.same_process = found && found->pid == pid;
  return kin;
}

policy::FamilyId LiveJobs::new_family() {
  const policy::FamilyId family{next_family_};
  next_family_ += kAges;
  return family;
}

policy::FamilyId LiveJobs::family_behind(policy::FamilyId family) {
  const std::uint32_t next = static_cast<std::uint32_t>(family) + 1;
  return next % kAges == 0 ? new_family() : policy::FamilyId{next};
}

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

std::optional<Duration> LiveJobs::look_closely(Instant now) {
  const auto is_running = [](const LiveJob& job) { return job.record->phase == JobPhase::running; };
  const auto running = std::ranges::count_if(jobs_, is_running);
  const Duration between = std::max(kClosestLooks, kLookPerJob * running);
  std::optional<Duration> next;
  for (LiveJob& job : jobs_) {
    if (!is_running(job)) continue;
    // Nobody waits for what is known of a small compile, and most are over before they are looked at.
    const bool can_wait = area_.plenty && job.record->job_class == config::kCc;
    const Duration soonest = can_wait ? between : kLookPerYoungJob * running;
    const Duration interval = std::clamp(full_reading_interval(*job.record, now), soonest, between);
    if (interval > kFurthestLooks) continue;
    const Instant begin = can_wait ? job.record->start : Instant{};
    const auto last_look = [&] { return std::max({job.in_full.at, job.record->measured_at, begin}); };
    if (now - last_look() >= interval) read_shortly(job, now);
    const Duration due = last_look() + interval - now;
    next = std::min(next.value_or(due), due);
  }
  return next;
}

}  // namespace memguard::supervisor
