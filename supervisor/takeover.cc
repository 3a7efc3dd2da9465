#include "supervisor/takeover.h"

#include <algorithm>
#include <set>

#include "supervisor/stop/stop_target.h"

namespace memguard::supervisor {
namespace {

// The last jobs say how wrong predictions are. All of 131,072 would take longer to read than the front waits for a
// heartbeat.
constexpr std::size_t kMostLearned = 4096;

// A hold that was under way counts as none: nobody knows whether its exec worked.
bool believes_stopped(const JobRecord& job) {
  return job.phase == JobPhase::frozen || (job.phase == JobPhase::held && job.hold_done);
}

bool waits_for_answer(const JobRecord& job) {
  return job.phase == JobPhase::waiting || (job.phase == JobPhase::held && !job.hold_done);
}

LiveJob* waiting_job_of(LiveJobs& jobs, const proc::Identity& process) {
  const auto found = std::ranges::find_if(
      jobs.all(), [&](const LiveJob& job) { return job.record->process == process && waits_for_answer(*job.record); });
  return found == jobs.all().end() ? nullptr : &*found;
}

void return_slot(GateSlot& slot, LiveJobs& jobs, int listener) {
  const std::uint64_t id = slot.notification.notification.id;
  LiveJob* job = waiting_job_of(jobs, slot.facts.process);
  if (!gate::still_waiting(listener, id)) {
    slot.state = SlotState::empty;
    return;
  }
  if (job == nullptr) {
    // Seen, and not yet in the table.
    slot.state = SlotState::asked;
    return;
  }
  job->slot = &slot;
  job->old_stack = slot.facts.old_stack;
}

void settle(LiveJob& job, const LiveJobs& jobs, const std::vector<proc::Stat>& everyone, Stopper& stopper,
            Instant now) {
  JobRecord& record = *job.record;
  job.exec = job.slot == nullptr ? LiveJob::Exec::done : LiveJob::Exec::pending;
  if (job.slot != nullptr) {
    enter(record, JobPhase::waiting, now);
    // What it was to be held in is thawed, and it gets another.
    record.leaf = -1;
    return;
  }
  if (believes_stopped(record) && stopper.is_stopped({record.leaf, {record.process}})) return;
  const bool was_stopped = record.was_held || record.was_frozen;
  enter(record, JobPhase::running, now);
  if (was_stopped) (void)stopper.thaw(target_of(job, jobs, everyone));
}

}  // namespace

std::vector<record::Learned> learned_before(SharedArea& area, const Predictor& predictor) {
  const auto jobs = area.jobs_by_arrival();
  std::vector<record::Learned> all;
  for (std::size_t i = jobs.size() - std::min(jobs.size(), kMostLearned); i < jobs.size(); ++i) {
    const JobRecord& job = *jobs[i];
    const PeakSays says = job.phase == JobPhase::ended ? peak_says(job, job.end) : PeakSays::nothing;
    if (says == PeakSays::nothing) continue;
    const Bytes need = says == PeakSays::need ? need_told_by(job, job.end).value_or(job.peak) : job.peak;
    all.push_back({policy::ClassId{job.policy_class}, predictor.predict(job), need, says == PeakSays::need});
  }
  return all;
}

std::vector<JobRecord*> take_over(LiveJobs& jobs, SharedArea& area, Stopper& stopper, int listener, Instant now) {
  auto ended = jobs.adopt(now);
  for (GateSlot& slot : area.slots) {
    if (slot.state == SlotState::taken) return_slot(slot, jobs, listener);
  }
  std::set<int> stopped;
  std::set<int> used;
  const auto everyone = proc::all_processes();
  for (LiveJob& job : jobs.all()) {
    settle(job, jobs, everyone, stopper, now);
    if (job.stopped()) stopped.insert(job.record->leaf);
    used.insert(job.record->leaf);
  }
  stopper.clear_leaves(stopped, used);
  return ended;
}

}  // namespace memguard::supervisor
