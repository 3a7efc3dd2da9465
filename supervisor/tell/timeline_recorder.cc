#include "supervisor/tell/timeline_recorder.h"

#include <algorithm>
#include <tuple>
#include <variant>

namespace memguard::supervisor {
namespace {

// A job that has less is no part of a picture: what is held at birth has some KiB.
constexpr std::int64_t kLeastKib = 256;
// Each cause of a wait stays at least so long, and such a part of the wait before it.
constexpr Duration kLeastStay = std::chrono::milliseconds(250);
constexpr int kPartOfWait = 8;

NotedState state_of(const JobRecord& job) {
  if (job.evicted && job.being_killed) return NotedState::evicted;
  switch (job.phase) {
    case JobPhase::held:
      return NotedState::held;
    case JobPhase::frozen:
      return NotedState::frozen;
    case JobPhase::waiting:
      return NotedState::arrived;
    default:
      return NotedState::runs;
  }
}

Bytes memory_of(const LiveJob& job) { return job.memory + job.unmapped; }

Bytes expected_of(const LiveJob& job) { return std::max(memory_of(job), job.record->predicted); }

bool older(const LiveJob& a, const LiveJob& b) { return std::tuple(a.family(), a.id) < std::tuple(b.family(), b.id); }

bool larger(const LiveJob& a, const LiveJob& b) { return expected_of(a) > expected_of(b); }

template <class Fits, class Before>
const LiveJob* first_of(const LiveJobs& jobs, Fits fits, Before before) {
  const LiveJob* first = nullptr;
  for (const LiveJob& job : jobs.all()) {
    if (fits(job) && (first == nullptr || before(job, *first))) first = &job;
  }
  return first;
}

std::uint16_t small(int count) { return static_cast<std::uint16_t>(std::clamp(count, 0, int{UINT16_MAX})); }

}  // namespace

const LiveJob* waits_for(const LiveJob& job, policy::Cause cause, const LiveJobs& jobs) {
  const auto other = [&](const LiveJob& one) { return one.family() != job.family(); };
  const auto runs = [&](const LiveJob& one) { return other(one) && one.record->phase == JobPhase::running; };
  switch (cause) {
    case policy::Cause::asked:
    case policy::Cause::processors_busy:
      return nullptr;
    case policy::Cause::beside_frozen:
      return first_of(
          jobs, [&](const LiveJob& one) { return other(one) && one.record->phase == JobPhase::frozen; }, older);
    case policy::Cause::waits_for_oldest:
    case policy::Cause::older_waits:
      return first_of(
          jobs, [&](const LiveJob& one) { return other(one) && one.stopped() && older(one, job); }, older);
    case policy::Cause::group_full:
      return first_of(
          jobs,
          [&](const LiveJob& one) { return runs(one) && one.group && job.group && one.group->id == job.group->id; },
          older);
    default:
      return first_of(jobs, runs, larger);
  }
}

TimelineRecorder::Reasons TimelineRecorder::reasons_of(const policy::Decision& decision) const {
  Reasons reasons;
  for (const auto& action : decision.actions) {
    if (const auto* admit = std::get_if<policy::Admit>(&action)) reasons[admit->job] = &admit->why;
    if (const auto* hold = std::get_if<policy::Hold>(&action)) reasons[hold->job] = &hold->why;
    if (const auto* freeze = std::get_if<policy::Freeze>(&action))
      for (const auto id : freeze->jobs) reasons[id] = &freeze->why;
    if (const auto* thaw = std::get_if<policy::Thaw>(&action))
      for (const auto id : thaw->jobs) reasons[id] = &thaw->why;
    const auto* evict = std::get_if<policy::Evict>(&action);
    if (evict == nullptr) continue;
    for (const LiveJob& job : jobs_.all()) {
      if (job.family() == evict->family) reasons[job.id] = &evict->why;
    }
  }
  return reasons;
}

void TimelineRecorder::note_change(const LiveJob& job, NotedState state, const policy::Reason* why, Instant now) {
  ChangeRecord change{.at = now.time_since_epoch(),
                      .job = job.record->id,
                      .for_job = ChangeRecord::kNoJob,
                      .limit = {},
                      .used = {},
                      .kept_for_text = {},
                      .reserved = {},
                      .need = {},
                      .running = 0,
                      .frozen = 0,
                      .held = 0,
                      .state = state,
                      .cause = ChangeRecord::kNoCause};
  if (why != nullptr) {
    change.limit = why->limit.count;
    change.used = (why->used - why->kept_for_text).count;
    change.kept_for_text = why->kept_for_text.count;
    change.reserved = why->reserved.count;
    change.need = why->need.count;
    change.running = small(why->running);
    change.frozen = small(why->frozen);
    change.held = small(why->held);
    change.cause = static_cast<std::uint8_t>(why->cause);
    const LiveJob* cause_of_it = state == NotedState::runs ? nullptr : waits_for(job, why->cause, jobs_);
    if (cause_of_it != nullptr) change.for_job = cause_of_it->record->id;
  }
  record_.changes.note(change);
  job.record->noted = state;
  job.record->noted_cause = change.cause;
  if (state != NotedState::held) return void(held_since_.erase(job.id));
  held_since_.try_emplace(job.id, Held{.since = now}).first->second.noted = now;
}

// A job may be held for one reason after the other, which may change with each step. So each stays for a part of the
// wait before it. What has just started shows what it takes in a moment, which is no news.
void TimelineRecorder::note_later_cause(const LiveJob& job, const policy::Reason& why, Instant now) {
  const bool news = job.record->noted_cause != static_cast<std::uint8_t>(why.cause);
  if (!news || job.record->noted != NotedState::held || why.cause == policy::Cause::just_started) return;
  const Held& held = held_since_.try_emplace(job.id, Held{.since = now, .noted = now}).first->second;
  if (now - held.noted < std::max((held.noted - held.since) / kPartOfWait, kLeastStay)) return;
  note_change(job, NotedState::held, &why, now);
}

void TimelineRecorder::note_later_causes(const policy::Decision& decision, Instant now) {
  for (const policy::Hold& still : decision.waits) {
    if (const LiveJob* job = jobs_.find(still.job)) note_later_cause(*job, still.why, now);
  }
  // Those that ended while they were held.
  if (held_since_.size() > jobs_.all().size())
    std::erase_if(held_since_, [this](const auto& one) { return jobs_.find(one.first) == nullptr; });
}

void TimelineRecorder::sample(const policy::Observation& seen) {
  const Duration at = seen.at.time_since_epoch();
  const Bytes used = seen.used - seen.kept_for_text;
  if (!record_.samples.wants(at, used.count)) return;
  sampled_.clear();
  for (const LiveJob& job : jobs_.all()) {
    const std::int64_t kib = std::min<std::int64_t>(memory_of(job).count >> 10U, UINT32_MAX);
    if (kib >= kLeastKib) sampled_.push_back({job.record->id, static_cast<std::uint32_t>(kib)});
  }
  const policy::Pressure pressure = seen.pressure.value_or(policy::Pressure{});
  const std::int64_t high = record_.high;
  record_.samples.note({.at = at,
                        .used = used.count,
                        .limit = seen.limit.count,
                        .high = high > 0 ? high : Bytes::unlimited().count,
                        .some = pressure.some,
                        .full = pressure.full,
                        .tokens = seen.tokens ? seen.tokens->free : -1,
                        .first = 0,
                        .count = 0},
                       sampled_);
}

void TimelineRecorder::stepped(const policy::Observation& seen, const policy::Decision& decision, Instant now) {
  const Reasons reasons = decision.actions.empty() ? Reasons{} : reasons_of(decision);
  for (const LiveJob& job : jobs_.all()) {
    const NotedState state = state_of(*job.record);
    if (state == job.record->noted) continue;
    const auto why = reasons.find(job.id);
    note_change(job, state, why == reasons.end() ? nullptr : why->second, now);
  }
  note_later_causes(decision, now);
  sample(seen);
}

}  // namespace memguard::supervisor
