// What a step does to the view and to the decision: the verbs of all rules.
#include <algorithm>
#include <utility>

#include "policy/step.h"

namespace memguard::policy {

void Governor::admit(Step& step, Job& job, Cause cause) {
  JobRecord& record = jobs_[job.id];
  record.admitted = step.view.at;
  // What it grows by until the next sample is growth already.
  record.growth.note(step.view.at, job.memory, settings_);
  record.answered = true;
  if (!step.view.chain_of(job).active) ++step.active;
  step.decision.actions.emplace_back(Admit{job.id, job.peak, reason(step, cause, job.peak)});
  step.view.set(job, JobState::running);
  step.need += job.need();
  changed_ = step.view.at;
  step.processors_used += 1;
  if (step.to_finish) *step.to_finish += job.to_finish();
  stall_.restart();
}

void Governor::freeze(Step& step, Chain& chain, Cause cause, Bytes need) {
  Freeze action{chain.family, {}, reason(step, cause, need)};
  for (const Job& job : step.view.members(chain)) {
    JobRecord& record = jobs_[job.id];
    record.growth.stop();
    if (job.state != JobState::running) continue;
    record.order = JobRecord::Order::freeze;
    record.ordered = step.view.at;
    ++record.freezes;
    action.jobs.push_back(job.id);
  }
  step.decision.actions.emplace_back(std::move(action));
  step.need -= chain.need;
  step.view.move(chain, JobState::running, JobState::frozen);
  raise_alpha(settings_.alpha_per_freeze);
}

void Governor::thaw(Step& step, Chain& chain, Cause cause) {
  const Need need = step.view.stopped(chain);
  Thaw action{chain.family, {}, reason(step, cause, need.in_full())};
  for (const Job& job : step.view.members(chain)) {
    if (job.state != JobState::frozen) continue;
    JobRecord& record = jobs_[job.id];
    record.order = JobRecord::Order::thaw;
    record.ordered = step.view.at;
    action.jobs.push_back(job.id);
  }
  step.decision.actions.emplace_back(std::move(action));
  step.view.move(chain, JobState::frozen, JobState::running);
  step.need += need;
  stall_.restart();
}

bool Governor::may_freeze(const Chain& chain, const Chain* oldest) {
  return chain.runs && !chain.lent && &chain != oldest;
}

bool Governor::last_try(const Chain& chain) const {
  return chain.restarts >= settings_.restarts_most || chain.oom_kills >= settings_.oom_kills_most;
}

Bytes Governor::reserved(const Step& step, const Need& more) const {
  const int with_memory = step.active + (more.growth > Bytes{} ? 1 : 0);
  const Shares shares{alpha_, settings_.reserve_for_few, with_memory <= settings_.few_in_full};
  return step.view.used + (step.need + more).set_aside(shares);
}

Reason Governor::reason(const Step& step, Cause cause, Bytes need) const {
  const View& view = step.view;
  return {.cause = cause,
          .limit = view.limit,
          .used = view.used,
          .reserved = reserved(step),
          .need = need,
          .running = view.counts.running,
          .frozen = view.counts.frozen,
          .held = view.counts.held};
}

void Governor::raise_alpha(double by) { alpha_ = std::min(alpha_ + by, std::max(alpha_, settings_.alpha_most)); }

}  // namespace memguard::policy
