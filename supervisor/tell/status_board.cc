#include "supervisor/tell/status_board.h"

#include <algorithm>
#include <tuple>

#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

using policy::Cause;

// Over which shares of stalls are told.
constexpr Duration kWindow = std::chrono::seconds(5);
constexpr Duration kGrain = std::chrono::milliseconds(500);

status::JobState state_of(const JobRecord& job) {
  if (job.being_killed) return status::JobState::evicting;
  switch (job.phase) {
    case JobPhase::frozen:
      return status::JobState::frozen;
    case JobPhase::waiting:
    case JobPhase::held:
      return job.start_number > 0 ? status::JobState::restarting : status::JobState::held;
    default:
      return status::JobState::running;
  }
}

bool waits(const LiveJob& job) { return job.record->phase == JobPhase::waiting || job.record->phase == JobPhase::held; }
bool has_memory(const LiveJob& job) { return !waits(job) && !job.exempt; }

template <class Which>
const LiveJob* oldest_of(const LiveJobs& jobs, const Which& which) {
  const LiveJob* oldest = nullptr;
  for (const LiveJob& job : jobs.all()) {
    if (!which(job)) continue;
    if (oldest == nullptr || std::tuple(job.family(), job.id) < std::tuple(oldest->family(), oldest->id)) oldest = &job;
  }
  return oldest;
}

// Who has to end, or to go, before a stopped job goes on.
const LiveJob* waited_for(const LiveJob& job, const LiveJobs& jobs, const LiveJob* oldest_running,
                          const LiveJob* oldest_held) {
  switch (job.why) {
    case Cause::asked:
    case Cause::processors_busy:
      return nullptr;
    case Cause::waits_for_oldest:
      return oldest_held;
    case Cause::group_full:
      return oldest_of(jobs, [&](const LiveJob& other) { return has_memory(other) && other.group == job.group; });
    default:
      return oldest_running;
  }
}

double share(Duration part, Duration whole) {
  return whole <= Duration{} ? 0 : std::clamp(seconds(part) / seconds(whole), 0.0, 1.0);
}

}  // namespace

void StatusBoard::stepped(const policy::Observation& seen, const policy::Decision& decision, LiveJobs& jobs) {
  limit_ = seen.limit;
  used_ = seen.used - seen.kept_for_text;
  swap_room_ = seen.swap_room;
  tokens_ = seen.tokens;
  note_pressure(seen);
  const auto note = [&](policy::JobId id, Cause why) {
    if (LiveJob* job = jobs.find(id)) job->why = why;
  };
  for (const policy::Action& action : decision.actions) {
    if (const auto* hold = std::get_if<policy::Hold>(&action)) note(hold->job, hold->why.cause);
    if (const auto* freeze = std::get_if<policy::Freeze>(&action)) {
      for (const auto id : freeze->jobs) note(id, freeze->why.cause);
    }
  }
  for (const policy::Hold& still : decision.waits) note(still.job, still.why.cause);
}

void StatusBoard::note_pressure(const policy::Observation& seen) {
  if (!seen.pressure) return stalls_.clear();
  if (!stalls_.empty() && seen.at - stalls_.back().at < kGrain) return;
  stalls_.push_back({seen.at, *seen.pressure});
  while (stalls_.size() > 2 && seen.at - stalls_[1].at >= kWindow) stalls_.pop_front();
}

std::optional<status::RunStatus::Pressure> StatusBoard::pressure() const {
  if (stalls_.size() < 2) return std::nullopt;
  const auto& [since, before] = stalls_.front();
  const auto& [at, now] = stalls_.back();
  return status::RunStatus::Pressure{share(now.some - before.some, at - since),
                                     share(now.full - before.full, at - since)};
}

status::RunStatus StatusBoard::look(const LiveJobs& jobs, Instant now) const {
  status::RunStatus run;
  run.limit_now = limit_;
  run.used = used_;
  run.pressure = pressure();
  if (tokens_) run.tokens = {tokens_->free, tokens_->more};
  const LiveJob* running = oldest_of(jobs, has_memory);
  const LiveJob* held = oldest_of(jobs, waits);
  Bytes swapped;
  std::size_t stopped_left = static_cast<std::size_t>(std::ranges::count_if(jobs.all(), &LiveJob::stopped));
  for (const LiveJob& job : jobs.all()) {
    swapped += job.swapped;
    if (job.stopped()) --stopped_left;
    // Room is kept for those that are stopped: they are what is asked about.
    const bool leave_out = run.jobs.size() + (job.stopped() ? 0 : stopped_left) >= status::kMostJobs;
    if (leave_out) ++run.jobs_left_out;
    if (leave_out) continue;
    status::JobStatus& told = run.jobs.emplace_back(describe(job, now));
    const LiveJob* other = told.why.empty() ? nullptr : waited_for(job, jobs, running, held);
    if (other != nullptr && other != &job) told.waits_for = static_cast<std::uint32_t>(other->id);
  }
  if (swapped > Bytes{} || swap_room_ > Bytes{}) run.swap = {swapped, swap_room_};
  return run;
}

status::JobStatus StatusBoard::describe(const LiveJob& job, Instant now) const {
  const JobRecord& record = *job.record;
  status::JobStatus told{.id = static_cast<std::uint32_t>(job.id),
                         .name = job_label(record, config_),
                         .job_class = config_.classes.at(record.job_class).name,
                         .pid = record.process.pid,
                         .state = state_of(record),
                         .memory = job.memory + job.unmapped};
  if (record.predicted > Bytes{}) told.expected = record.predicted;
  told.age = now - record.start;
  told.in_state = now - (job.stopped() ? record.stopped_at : std::max(record.start, record.resumed_at));
  if (job.stopped()) told.why = policy::to_text(job.why);
  told.restartable = restarter_.restartable(job);
  told.by_user = record.kept;
  told.restarts = record.start_number;
  return told;
}

}  // namespace memguard::supervisor
