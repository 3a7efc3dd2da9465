#include "policy/step.h"

#include <algorithm>
#include <utility>

namespace memguard::policy {

Step::Step(State& of) : state(of), settings(of.settings) {}

JobRecord& Step::record(const Job& job) const { return state.jobs.at(job.id); }

void Step::admit(Job& job, Cause cause) {
  JobRecord& remembered = record(job);
  remembered.admitted = view.at;
  // What it grows by until the next sample is growth already.
  remembered.growth.note(view.at, job.memory, settings);
  remembered.answered = true;
  if (!view.chain_of(job).active) ++active;
  decision.actions.emplace_back(Admit{job.id, job.peak, reason(cause, job.peak)});
  view.set(job, JobState::running);
  need += job.need();
  state.changed = view.at;
  use_processors(job, 1);
  if (to_finish) *to_finish += job.to_finish();
  state.stall.restart();
}

void Step::freeze(Chain& chain, Cause cause, Bytes wanted) {
  Freeze action{chain.family, {}, reason(cause, wanted)};
  for (const Job& job : view.members(chain)) {
    JobRecord& remembered = record(job);
    remembered.growth.stop();
    if (job.state != JobState::running) continue;
    remembered.order = JobRecord::Order::freeze;
    remembered.ordered = view.at;
    ++remembered.freezes;
    action.jobs.push_back(job.id);
  }
  decision.actions.emplace_back(std::move(action));
  need -= chain.need;
  view.move(chain, JobState::running, JobState::frozen);
  state.raise_alpha(settings.alpha_per_freeze);
}

void Step::thaw(Chain& chain, Cause cause) {
  const Need again = view.stopped(chain);
  Thaw action{chain.family, {}, reason(cause, again.in_full())};
  for (const Job& job : view.members(chain)) {
    if (job.state != JobState::frozen) continue;
    JobRecord& remembered = record(job);
    remembered.order = JobRecord::Order::thaw;
    remembered.ordered = view.at;
    action.jobs.push_back(job.id);
  }
  decision.actions.emplace_back(std::move(action));
  view.move(chain, JobState::frozen, JobState::running);
  need += again;
  state.stall.restart();
}

void Step::evict(FamilyId family, Cause cause) {
  Bytes memory;
  bool has_begun = false;
  for (const Chain& chain : view.chains) {
    if (chain.family != family) continue;
    memory += chain.memory + chain.starter_memory;
    has_begun = has_begun || chain.active;
  }
  const Reason why = reason(cause, memory);
  for (const Chain& chain : view.chains) {
    if (chain.family != family) continue;
    need -= chain.need;
    if (chain.active) --active;
    for (const Job& job : view.members(chain)) {
      JobRecord& remembered = record(job);
      remembered.evicted = view.at;
      remembered.order = JobRecord::Order::none;
    }
  }
  // What was to be frozen in this step is killed instead: a late freeze would stop what comes back.
  const auto freezes_it = [&](const Action& action) {
    const auto* freeze = std::get_if<Freeze>(&action);
    return freeze != nullptr && freeze->family == family;
  };
  std::erase_if(decision.actions, freezes_it);
  decision.actions.emplace_back(Evict{family, why});
  view.remove(family);
  refused.resize(view.jobs.size());
  // One that only waited says nothing of what is reserved.
  if (has_begun) state.raise_alpha(settings.alpha_per_eviction);
  state.stall.restart();
}

void Step::evict_for(FamilyId other, const Whole& family, Cause cause) {
  evict(family.id, cause);
  if (family.active) return;
  state.away[family.id] = {other, family.memory};
  std::get<Evict>(decision.actions.back()).stays_away = true;
}

Reason Step::reason(Cause cause, Bytes wanted) const {
  return {.cause = cause,
          .limit = view.limit,
          .used = view.used,
          .kept_for_text = view.kept_for_text,
          .reserved = reserved(),
          .need = wanted,
          .running = view.counts.running,
          .frozen = view.counts.frozen,
          .held = view.counts.held};
}

Bytes Step::reserved(const Need& more) const {
  const int with_memory = active + (more.growth > Bytes{} ? 1 : 0);
  const Shares shares{state.alpha, settings.reserve_for_few, with_memory <= settings.few_in_full};
  return view.used + (need + more).set_aside(shares);
}

bool Step::last_try(const Chain& chain) const {
  return chain.restarts >= settings.restarts_most || chain.oom_kills >= settings.oom_kills_most;
}

void Step::use_processors(const Job& job, double share) {
  processors_used += share;
  if (job.of_build_script) used_for_build_scripts += share;
}

bool Step::processors_in_use(bool for_build_script) const {
  const double used = for_build_script ? used_for_build_scripts : processors_used;
  if (processors <= 0 || used + settings.processor_free <= processors) return false;
  return view.at - state.changed < settings.processors_patience;
}

Bytes Step::left_at_worst() {
  if (!to_finish) {
    to_finish = Bytes{};
    for (const Chain& chain : view.chains) *to_finish += chain.active ? chain.to_finish : Bytes{};
  }
  return view.budget - view.used - *to_finish;
}

}  // namespace memguard::policy
