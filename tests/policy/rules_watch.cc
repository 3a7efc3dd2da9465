#include "rules_watch.h"

#include <algorithm>

namespace memguard::policy::testing {
namespace {

std::string name(JobId id) { return std::to_string(static_cast<unsigned>(id)); }
std::string name(FamilyId id) { return std::to_string(static_cast<unsigned>(id)); }

/// The least time between a freeze and a thaw that is not forced.
Duration least_rest(int freezes, const Settings& settings) {
  Duration least = std::min(settings.sample, settings.frozen_most);
  for (int i = settings.freezes_before_doubling; i < freezes; ++i) least = std::min(2 * least, settings.frozen_most);
  return least;
}

}  // namespace

void RulesWatch::after_step(const Observation& seen, const Decision& decision) {
  update(seen);
  swap_room_ = seen.swap_room;
  reclaiming_ = seen.reclaiming;
  tokens_ = seen.tokens;
  log_ += "@" + std::to_string(seen.at.time_since_epoch().count());
  for (const Action& action : decision.actions) {
    std::visit([&](const auto& one) { apply(one, seen.at); }, action);
  }
  expect(decision.next_sample > Duration::zero(), "there is a next sample");
  for (const auto& [id, job] : jobs_) expect(job.answered, "job " + name(id) + " is answered in its first step");
  expect(jobs_.empty() || leaving_ || any(JobState::running), "something runs");
  const auto oldest = oldest_active();
  if (!oldest) return;
  expect(works(*oldest), "something of the oldest active family works");
}

void RulesWatch::update(const Observation& seen) {
  for (const JobEnded& ended : seen.ended) note_ended(ended);
  std::map<JobId, JobOrdered> now;
  leaving_ = false;
  for (const JobSeen& job : seen.jobs) {
    const auto known = jobs_.find(job.id);
    JobOrdered ordered = known != jobs_.end() ? known->second : JobOrdered{.family = job.family, .state = job.state};
    ordered.restartable = job.restartable;
    ordered.above = job.above;
    ordered.kept = job.wish == Wish::stop;
    // A freeze that was under way when the family was killed may stop what comes back.
    const bool late = job.state == JobState::frozen && ordered.state == JobState::running;
    if (late && !ordered.thawed) ordered.state = JobState::frozen;
    now[job.id] = ordered;
    leaving_ = leaving_ || ordered.evicted;
    gone_.erase(job.family);
  }
  jobs_ = std::move(now);
}

void RulesWatch::note_ended(const JobEnded& ended) {
  const auto job = jobs_.find(ended.id);
  if (job == jobs_.end()) return;
  if (!ended.completed && job->second.restartable) gone_.insert(job->second.family);
  jobs_.erase(job);
}

void RulesWatch::apply(const Admit& admit, Instant /*at*/) {
  log_ += " admit " + name(admit.job);
  const auto job = jobs_.find(admit.job);
  expect(job != jobs_.end() && job->second.state == JobState::waiting, "only a waiting job is admitted");
  if (job == jobs_.end()) return;
  expect(!below_frozen(job->second), "no job below a frozen one is admitted");
  const bool must = admit.why.cause == Cause::nothing_runs || admit.why.cause == Cause::oldest_family ||
                    admit.why.cause == Cause::stalled || admit.why.cause == Cause::asked;
  expect(must || !frozen_by_rule(), "nothing new beside a frozen family");
  job->second.state = JobState::running;
  job->second.answered = true;
}

void RulesWatch::apply(const Hold& hold, Instant /*at*/) {
  log_ += " hold " + name(hold.job);
  const auto job = jobs_.find(hold.job);
  expect(job != jobs_.end() && !job->second.answered, "a job is held once, when it arrives");
  if (job != jobs_.end()) job->second.answered = true;
}

void RulesWatch::apply(const Freeze& freeze, Instant at) {
  log_ += " freeze " + name(freeze.family);
  expect(!freeze.jobs.empty(), "a freeze names its jobs");
  for (const JobId id : freeze.jobs) {
    const auto job = jobs_.find(id);
    expect(job != jobs_.end() && job->second.state == JobState::running && job->second.family == freeze.family,
           "only running jobs of the family are frozen");
    if (job == jobs_.end()) continue;
    job->second.state = JobState::frozen;
    ++job->second.freezes;
    job->second.frozen_at = at;
    job->second.thawed = false;
  }
}

void RulesWatch::apply(const Thaw& thaw, Instant at) {
  log_ += " thaw " + name(thaw.family);
  expect(!thaw.jobs.empty(), "a thaw names its jobs");
  const bool forced =
      thaw.why.cause == Cause::oldest_family || thaw.why.cause == Cause::stalled || thaw.why.cause == Cause::asked;
  for (const JobId id : thaw.jobs) {
    const auto job = jobs_.find(id);
    expect(job != jobs_.end() && job->second.state == JobState::frozen, "only frozen jobs are thawed");
    if (job == jobs_.end()) continue;
    expect(forced || at - job->second.frozen_at >= least_rest(job->second.freezes, settings_),
           "a job rests, longer each time, before it is thawed for room");
    job->second.thawed = true;
    job->second.state = JobState::running;
  }
}

void RulesWatch::apply(const Evict& evict, Instant /*at*/) {
  log_ += " evict " + name(evict.family);
  const bool alone = evict.why.cause == Cause::killed_twice;
  expect(alone || evict.family != oldest_active(), "the oldest active family is never evicted");
  leaving_ = true;
  for (auto& [id, job] : jobs_) {
    if (job.family != evict.family) continue;
    expect(job.restartable, "only a restartable family is evicted");
    job.answered = job.evicted = true;
  }
}

void RulesWatch::apply(const Reclaim& reclaim, Instant /*at*/) {
  log_ += " reclaim " + name(reclaim.family);
  expect(has(reclaim.family, JobState::frozen), "only what is frozen is reclaimed");
  expect(!reclaiming_, "one piece is reclaimed at a time");
  expect(reclaim.amount > Bytes{} && reclaim.amount <= swap_room_, "no more is reclaimed than swap takes");
}

void RulesWatch::apply(const SetHigh& set, Instant /*at*/) { log_ += " high " + std::to_string(set.high.count); }

void RulesWatch::apply(const Spare& spare, Instant /*at*/) {
  log_ += " spare " + std::to_string(spare.tokens);
  const bool there = tokens_ && spare.tokens <= std::max(tokens_->free + tokens_->more, 0);
  expect(there && spare.tokens >= 0, "no more tokens are given out than there may be");
}

void RulesWatch::expect(bool holds, const std::string& promise) {
  if (!holds && broken_.size() < 20) broken_.push_back(promise + " (" + log_.substr(log_.rfind('@')) + ")");
}

std::optional<FamilyId> RulesWatch::oldest_active() const {
  std::optional<FamilyId> oldest;
  for (const auto& [id, job] : jobs_) {
    const bool active = job.state != JobState::waiting && !job.evicted;
    if (active && (!oldest || job.family < *oldest)) oldest = job.family;
  }
  return oldest;
}

bool RulesWatch::has(FamilyId family, JobState state) const {
  return std::ranges::any_of(
      jobs_, [&](const auto& j) { return j.second.family == family && j.second.state == state && !j.second.evicted; });
}

bool RulesWatch::works(FamilyId family) const {
  const auto has_child = [&](JobId id) {
    return std::ranges::any_of(jobs_, [&](const auto& j) { return j.second.above == id; });
  };
  return std::ranges::any_of(jobs_, [&](const auto& j) {
    const bool runs = j.second.state == JobState::running && !j.second.evicted;
    return runs && j.second.family == family && !has_child(j.first);
  });
}

bool RulesWatch::below_frozen(const JobOrdered& job) const {
  for (auto above = job.above; above;) {
    const auto found = jobs_.find(*above);
    if (found == jobs_.end()) return false;
    if (found->second.state == JobState::frozen) return true;
    above = found->second.above;
  }
  return false;
}

bool RulesWatch::frozen_by_rule() const {
  const auto kept = [&](FamilyId family) {
    return std::ranges::any_of(jobs_, [&](const auto& j) { return j.second.family == family && j.second.kept; });
  };
  return std::ranges::any_of(jobs_, [&](const auto& j) {
    return j.second.state == JobState::frozen && !j.second.evicted && !kept(j.second.family);
  });
}

bool RulesWatch::any(JobState state) const {
  return std::ranges::any_of(jobs_, [&](const auto& j) { return j.second.state == state && !j.second.evicted; });
}

}  // namespace memguard::policy::testing
