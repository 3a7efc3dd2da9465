#include "supervisor/policy_turn.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "supervisor/live/job_reading.h"
#include "supervisor/memory/movable_limit.h"

namespace memguard::supervisor {

Duration sample_interval(Duration wanted, std::optional<Duration> look_within, Duration cost) {
  const Duration soonest = std::min(wanted, look_within.value_or(kSlowestSample));
  return std::min(std::max(soonest, kMostCpuShare * cost), kSlowestSample);
}

PolicyTurn::PolicyTurn(const Parts& parts, const policy::Settings& settings, Clock clock, Stepped stepped)
    : parts_(parts),
      settings_(settings),
      governor_(settings),
      waiting_notice_(parts.config, [this] { return running_limit(parts_.jobs.area(), parts_.limit); }),
      clock_(std::move(clock)),
      stepped_(std::move(stepped)) {}

void PolicyTurn::learn(const record::Learned& learned) {
  governor_.learn(learned.job_class, learned.predicted, learned.peak, learned.completed);
}

Duration PolicyTurn::take(Duration oldest_reading) {
  const Duration cpu_before = own_processor_time();
  const Instant now = clock_();
  policy::Observation seen = look(now, oldest_reading);
  policy::Decision decision = governor_.step(seen);
  carry_out(seen, decision, now);
  wanted_interval_ = decision.next_sample;
  const auto look_within = parts_.found.look_within(parts_.observer.room());
  const Duration interval = sample_interval(wanted_interval_, look_within, own_processor_time() - cpu_before);
  const Duration until_sample = std::max(seen.at + interval - clock_(), Duration{});
  stepped_(std::move(seen), std::move(decision));
  return until_sample;
}

policy::Observation PolicyTurn::look(Instant now, Duration oldest_reading) {
  parts_.observer.refresh(now, oldest_reading);
  find_jobs(now);
  policy::Observation seen = parts_.observer.observe(now, oldest_reading);
  parts_.restarter.complete(seen);
  seen.reclaiming = parts_.reclaimer.busy();
  seen.tokens = parts_.tokens.look();
  parts_.jobs.area().plenty = plenty_.look(parts_.jobs, parts_.observer.room());
  parts_.stops.let_signals_through(now);
  parts_.stops.drop_failed_execs(now);
  parts_.stops.stop_again();
  return seen;
}

// What runs already has its memory: it can be frozen, but not held.
void PolicyTurn::find_jobs(Instant now) {
  for (const ExecFacts& facts : parts_.found.look(now, [this] { return parts_.observer.overhead(); })) {
    LiveJob* job = parts_.arrivals.take_running(facts, now);
    if (job == nullptr) continue;
    job->shared = shared_memory(facts.process.pid);
    read_in_full(*job, now);
    parts_.explainer.explain_found(*job, now);
    parts_.close_look.job_runs();
  }
  parts_.observer.set_others(parts_.found.others(), parts_.found.largest());
}

void PolicyTurn::carry_out(const policy::Observation& seen, const policy::Decision& decision, Instant now) {
  parts_.hands.carry_out(seen, decision, now);
  const Bytes used = seen.used - seen.kept_for_text;
  const auto notice = waiting_notice_.look(parts_.jobs, used, seen.limit, now, parts_.observer.slow_job());
  if (notice) parts_.unit.tell(*notice);
  parts_.unit.look(parts_.jobs, used, seen.limit, now);
  ++parts_.jobs.area().decisions;
  if (parts_.observer.can_swap() && decision.next_sample < settings_.sample_plentiful) parts_.stops.place_running();
}

}  // namespace memguard::supervisor
