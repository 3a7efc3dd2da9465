// The first half of a step: an observation, distrusted, becomes a view.
#include "policy/look.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "policy/peaks.h"
#include "policy/reclaim.h"

namespace memguard::policy {
namespace {

/// Beyond any machine, and small enough that sums cannot overflow.
constexpr Bytes kLargestLimit{std::int64_t{1} << 60U};

Bytes sane(Bytes size) { return std::clamp(size, Bytes{}, Estimator::kLargestJob); }

/// More than any bound on restarts, and small enough to add.
constexpr int kMostRestarts = 1'000'000;

/// What a job needs at least, because it or the one that was started before it had so much when it was stopped for it.
Bytes at_least(const JobSeen& seen, const Settings& settings) {
  const Bytes evicted = settings.evicted_needs * sane(seen.evicted_at.value_or(Bytes{}));
  return std::max(evicted, settings.killed_needs() * sane(seen.killed_at.value_or(Bytes{})));
}

bool before(const Job& a, const Job& b) {
  return std::tie(a.family, a.chain, a.id) < std::tie(b.family, b.chain, b.id);
}

// Others on the machine who take memory go on taking it, as jobs do that grow.
void note_others(Step& step) {
  step.state.taken_by_others.note(step.state.now, kLargestLimit - std::min(step.view.limit, kLargestLimit),
                                  step.settings);
}

void note_ended(Step& step, const Observation& seen) {
  Bytes freed;
  if (!seen.ended.empty()) step.state.changed = step.state.now;
  for (const JobEnded& ended : seen.ended) {
    const auto record = step.state.jobs.find(ended.id);
    if (record == step.state.jobs.end()) continue;
    freed += record->second.memory;
    step.state.learn(record->second.job_class, record->second.predicted, ended.peak, ended.completed);
    step.killed = step.killed || (!ended.completed && !record->second.evicted);
    step.state.jobs.erase(record);
  }
  step.state.releases.note(step.gap, freed, step.settings);
  // All jobs of one kill count once: the kernel takes a family as a whole.
  if (step.killed) step.state.raise_alpha(step.settings.alpha_per_eviction);
}

// They come in order, nearly always.
void sort_jobs(Step& step) {
  std::vector<Job>& jobs = step.view.jobs;
  if (std::ranges::is_sorted(jobs, before)) return;
  std::ranges::sort(jobs, before);
  std::ranges::transform(jobs, step.records.begin(), [&](const Job& job) { return &step.record(job); });
}

bool leaves(const Step& step, JobRecord& record) {
  if (record.evicted && step.view.at - *record.evicted >= step.settings.settle) record.evicted.reset();
  return record.evicted.has_value();
}

void note_leaving(View& view, const JobSeen& seen) {
  view.leaving = true;
  const Bytes its = seen.state == JobState::waiting ? seen.starter_memory : seen.memory;
  const Bytes memory = std::min(sane(its), std::max(view.used, Bytes{}));
  view.used -= memory;
  view.overhead -= memory;
}

bool idles(const Step& step, JobRecord& record, const Job& job) {
  const bool works = job.state != JobState::running || StallWatch::progress(step.gap, job.cpu, step.settings);
  record.idle = works ? Duration::zero() : record.idle + std::min(step.gap, step.settings.sample_plentiful);
  return record.idle >= step.settings.idle;
}

JobState state_of(const Step& step, const JobSeen& seen, JobRecord& job) {
  using Order = JobRecord::Order;
  const bool settling = step.view.at - job.ordered < step.settings.settle;
  switch (seen.state) {
    case JobState::waiting:
      return job.admitted && step.view.at - *job.admitted < step.settings.settle ? JobState::running
                                                                                 : JobState::waiting;
    case JobState::running:
      return job.order == Order::freeze && settling ? JobState::frozen : JobState::running;
    case JobState::frozen:
      if (job.order == Order::thaw && settling) return JobState::running;
      // Frozen by somebody before us, or a thaw that did not happen: its time counts from now.
      if (job.order != Order::freeze) {
        job.order = Order::freeze;
        job.ordered = step.view.at;
        job.gave_little.reset();
      }
      return JobState::frozen;
  }
  return seen.state;
}

Job note_job(Step& step, const JobSeen& seen, JobRecord& record) {
  record.job_class = seen.job_class;
  record.predicted = seen.predicted;
  record.will_start = seen.will_start;
  record.child_predicted = seen.child_predicted;
  record.at_least = at_least(seen, step.settings);
  if (seen.state != JobState::waiting) record.admitted.reset();
  const Instant at = step.view.at;
  Job job;
  job.id = seen.id;
  job.family = seen.family;
  job.above = seen.above;
  job.job_class = seen.job_class;
  job.group = seen.group;
  job.restartable = seen.restartable;
  job.oom_kills = std::max(seen.oom_kills, 0);
  job.restarts = std::clamp(seen.evictions, 0, kMostRestarts) + std::min(job.oom_kills, kMostRestarts);
  job.state = state_of(step, seen, record);
  job.memory = sane(seen.memory);
  job.swapped = sane(seen.swapped);
  job.unswappable = sane(seen.unswappable);
  if (seen.state == JobState::waiting) job.starter_memory = sane(seen.starter_memory);
  job.peak = std::max(job.memory + job.swapped, sane(seen.peak));
  if (seen.course && seen.course->cpu > Duration::zero()) job.course = &*seen.course;
  job.lent = record.lent;
  job.wish = seen.wish;
  job.of_build_script = seen.of_build_script;
  job.known = seen.predicted && seen.predicted->by != PredictedBy::model;
  if (job.state == JobState::running) {
    record.growth.note(at, job.memory, step.settings);
    job.cpu = std::max(Duration::zero(), seen.cpu - record.cpu.value_or(Duration::zero()));
  }
  if (seen.by_size) job.idle = idles(step, record, job);
  record.cpu = seen.cpu;
  record.memory = job.memory;
  job.cpu_so_far = std::max(Duration::zero(), seen.cpu);
  if (job.state != JobState::waiting) step.state.estimator.see_running(job.job_class, job.peak, step.settings);
  return job;
}

void forget_vanished(const Step& step) {
  if (step.state.jobs.size() == step.jobs_seen) return;
  std::erase_if(step.state.jobs, [&](const auto& entry) { return entry.second.last_step != step.state.steps; });
}

void note_jobs(Step& step, const Observation& seen) {
  ++step.state.steps;
  step.state.estimator.forget_running();
  std::vector<JobId> over;
  over.reserve(seen.ended.size());
  for (const JobEnded& ended : seen.ended) over.push_back(ended.id);
  std::ranges::sort(over);
  View& view = step.view;
  view.overhead = view.used;
  view.jobs.reserve(seen.jobs.size());
  step.records.reserve(seen.jobs.size());
  for (const JobSeen& job : seen.jobs) {
    JobRecord& record = step.state.jobs[job.id];
    if (record.last_step == step.state.steps || std::ranges::binary_search(over, job.id)) continue;
    record.last_step = step.state.steps;
    ++step.jobs_seen;
    if (leaves(step, record)) {
      note_leaving(view, job);
      continue;
    }
    view.jobs.push_back(note_job(step, job, record));
    step.records.push_back(&record);
    if (view.jobs.back().state != JobState::waiting) view.overhead -= view.jobs.back().memory;
  }
  sort_jobs(step);
  if (link_jobs(view.jobs, step.settings.children_of_chain)) sort_jobs(step);
  step.refused.assign(view.jobs.size(), Cause::beside_frozen);
  forget_vanished(step);
}

// Processes of the build wait for processors, which others on the machine use too.
bool competes_for_processors(const Step& step, const Observation& seen) {
  auto now = seen.waited_for_processor;
  if (now) now = std::max(*now, Duration::zero());
  const auto before = std::exchange(step.state.waited_for_processor, now);
  return before && now && seconds(*now - *before) >= step.settings.processors_waited * seconds(step.gap);
}

// A stopped job keeps its share for when it runs again. While all processors are used no share falls, because a job
// that uses little may be waiting for a processor.
void note_processors(Step& step, const Observation& seen) {
  const bool competes = competes_for_processors(step, seen);
  if (step.gap > Duration::zero()) {
    const double kept = std::exp(-seconds(step.gap) / seconds(step.settings.processor_use));
    const auto averaged = [&](double before, Duration cpu) {
      return kept * before + (1 - kept) * seconds(cpu) / seconds(step.gap);
    };
    Duration all{};
    for (const Job& job : step.view.jobs) all += job.cpu;
    step.state.processors_used = averaged(step.state.processors_used, all);
    const double most_used = std::max(step.state.processors_used, seconds(all) / seconds(step.gap));
    const bool all_used = competes || most_used >= step.settings.processors_all_used * step.processors;
    for (std::size_t i = 0; i < step.view.jobs.size(); ++i) {
      if (step.view.jobs[i].state != JobState::running) continue;
      double& share = step.records[i]->share;
      share = std::max(averaged(share, step.view.jobs[i].cpu), all_used ? share : 0);
    }
  }
  for (std::size_t i = 0; i < step.view.jobs.size(); ++i)
    if (step.view.jobs[i].state == JobState::running) step.use_processors(step.view.jobs[i], step.records[i]->share);
}

void note_progress(Step& step) {
  const Chain* oldest = step.view.oldest_active();
  Duration cpu{};
  Duration of_oldest{};
  for (const Job& job : step.view.jobs) {
    cpu += job.cpu;
    if (oldest != nullptr && job.chain == oldest->id) of_oldest += job.cpu;
  }
  step.state.stall.note(step.gap, cpu, step.settings);
  if (!StallWatch::progress(step.gap, of_oldest, step.settings)) return;
  if (!step.state.any_lent) return;
  for (auto& [id, job] : step.state.jobs) job.lent = false;
  for (Job& job : step.view.jobs) job.lent = false;
  for (Chain& chain : step.view.chains) chain.lent = false;
  step.state.any_lent = false;
}

void note_pressure(Step& step, const Observation& seen) {
  step.state.pressure.note(step.view.at, seen, step.settings);
  step.hit_high = seen.high_events > step.state.high_events;
  step.state.high_events = seen.high_events;
  const View& view = step.view;
  const Bytes limit = std::min(view.limit, kLargestLimit);
  const Bytes room = std::min(std::max(step.settings.pressure_room * limit, step.settings.pressure_room_least),
                              step.settings.pressure_room_most * limit);
  const bool little_left = limit - view.used < room;
  const bool at_wire = view.used > std::min(step.state.trip_wire.high(), limit) - step.settings.trip_grain * limit;
  const double full = step.state.pressure.full_share(step.settings) / step.settings.pressure_full;
  const double hits = at_wire ? step.state.pressure.high_rate(step.settings) / step.settings.high_events_per_second : 0;
  const double worst = std::max(full, hits);
  step.squeezed = little_left && worst >= 1;
  if (step.squeezed) step.state.squeezed = true;
  if (!little_left || (step.state.pressure.known(step.settings) && worst < 0.5)) step.state.squeezed = false;
}

}  // namespace

void look(Step& step, const Observation& seen) {
  View& view = step.view;
  step.gap = step.state.last_at ? std::max(Duration::zero(), seen.at - *step.state.last_at) : Duration::zero();
  step.state.last_at = seen.at;
  step.state.now += step.gap;
  view.at = step.state.now;
  view.limit = std::max(seen.limit, Bytes{});
  if (std::exchange(step.state.limit_moves, seen.limit_moves) != seen.limit_moves) step.state.taken_by_others.stop();
  note_others(step);
  const bool all_restartable = std::ranges::all_of(seen.jobs, &JobSeen::restartable);
  const double margin = all_restartable ? step.settings.margin : step.settings.margin_if_lost;
  const Bytes budget = (1 - margin) * std::min(view.limit, kLargestLimit);
  view.budget = std::max(budget - step.state.taken_by_others.steadily_in(step.settings.horizon), Bytes{});
  view.used = std::clamp(seen.used, Bytes{}, kLargestLimit);
  view.kept_for_text = std::clamp(seen.kept_for_text, Bytes{}, view.used);
  step.processors = std::max(seen.processors, 0.0);
  view.swap_room = (1 - step.settings.swap_margin) * std::clamp(seen.swap_room, Bytes{}, kLargestLimit);
  note_ended(step, seen);
  note_jobs(step, seen);
  note_processors(step, seen);
  expect_peaks(step);
  make_chains(view);
  step.need = view.need();
  step.active = static_cast<int>(std::ranges::count_if(view.chains, &Chain::active));
  note_progress(step);
  note_pressure(step, seen);
  note_reclaimed(step, seen);
}

}  // namespace memguard::policy
