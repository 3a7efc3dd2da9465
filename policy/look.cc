// The first half of a step: an observation, distrusted, becomes a view.
#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "policy/step.h"

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
  return std::max(evicted, settings.killed_needs * sane(seen.killed_at.value_or(Bytes{})));
}

bool before(const Job& a, const Job& b) {
  return std::tie(a.family, a.chain, a.id) < std::tie(b.family, b.chain, b.id);
}

}  // namespace

void Governor::look(Step& step, const Observation& seen) {
  View& view = step.view;
  step.gap = last_at_ ? std::max(Duration::zero(), seen.at - *last_at_) : Duration::zero();
  last_at_ = seen.at;
  now_ += step.gap;
  view.at = now_;
  view.limit = std::max(seen.limit, Bytes{});
  if (std::exchange(limit_moves_, seen.limit_moves) != seen.limit_moves) taken_by_others_.stop();
  note_others(view.limit);
  const bool all_restartable = std::ranges::all_of(seen.jobs, &JobSeen::restartable);
  const double margin = all_restartable ? settings_.margin : settings_.margin_if_lost;
  const Bytes budget = (1 - margin) * std::min(view.limit, kLargestLimit);
  view.budget = std::max(budget - taken_by_others_.steadily_in(settings_.horizon), Bytes{});
  view.used = std::clamp(seen.used, Bytes{}, kLargestLimit);
  step.processors = std::max(seen.processors, 0.0);
  view.swap_room = (1 - settings_.swap_margin) * std::clamp(seen.swap_room, Bytes{}, kLargestLimit);
  note_ended(step, seen);
  note_jobs(step, seen);
  note_processors(step);
  expect_peaks(step);
  make_chains(view);
  step.need = view.need();
  step.active = static_cast<int>(std::ranges::count_if(view.chains, &Chain::active));
  note_progress(step);
  note_pressure(step, seen);
  note_reclaimed(step, seen);
}

// Others on the machine who take memory go on taking it, as jobs do that grow.
void Governor::note_others(Bytes limit) {
  taken_by_others_.note(now_, kLargestLimit - std::min(limit, kLargestLimit), settings_);
}

void Governor::note_ended(Step& step, const Observation& seen) {
  Bytes freed;
  if (!seen.ended.empty()) changed_ = now_;
  for (const JobEnded& ended : seen.ended) {
    const auto record = jobs_.find(ended.id);
    if (record == jobs_.end()) continue;
    freed += record->second.memory;
    learn(record->second.job_class, record->second.predicted, ended.peak, ended.completed);
    step.killed = step.killed || (!ended.completed && !record->second.evicted);
    jobs_.erase(record);
  }
  releases_.note(step.gap, freed, settings_);
  // All jobs of one kill count once: the kernel takes a family as a whole.
  if (step.killed) raise_alpha(settings_.alpha_per_eviction);
}

void Governor::note_jobs(Step& step, const Observation& seen) {
  ++steps_;
  estimator_.forget_running();
  std::vector<JobId> over;
  over.reserve(seen.ended.size());
  for (const JobEnded& ended : seen.ended) over.push_back(ended.id);
  std::ranges::sort(over);
  View& view = step.view;
  view.overhead = view.used;
  view.jobs.reserve(seen.jobs.size());
  step.records.reserve(seen.jobs.size());
  for (const JobSeen& job : seen.jobs) {
    JobRecord& record = jobs_[job.id];
    if (record.last_step == steps_ || std::ranges::binary_search(over, job.id)) continue;
    record.last_step = steps_;
    ++step.jobs_seen;
    if (leaves(record, view.at)) {
      note_leaving(view, job);
      continue;
    }
    view.jobs.push_back(note_job(step, job, record));
    step.records.push_back(&record);
    if (view.jobs.back().state != JobState::waiting) view.overhead -= view.jobs.back().memory;
  }
  sort_jobs(step);
  if (link_jobs(view.jobs, settings_.children_of_chain)) sort_jobs(step);
  step.refused.assign(view.jobs.size(), Cause::beside_frozen);
  forget_vanished(step);
}

// They come in order, nearly always.
void Governor::sort_jobs(Step& step) {
  std::vector<Job>& jobs = step.view.jobs;
  if (std::ranges::is_sorted(jobs, before)) return;
  std::ranges::sort(jobs, before);
  std::ranges::transform(jobs, step.records.begin(), [this](const Job& job) { return &jobs_[job.id]; });
}

bool Governor::leaves(JobRecord& record, Instant at) const {
  if (record.evicted && at - *record.evicted >= settings_.settle) record.evicted.reset();
  return record.evicted.has_value();
}

void Governor::note_leaving(View& view, const JobSeen& seen) {
  view.leaving = true;
  if (seen.state == JobState::waiting) return;
  const Bytes memory = std::min(sane(seen.memory), std::max(view.used, Bytes{}));
  view.used -= memory;
  view.overhead -= memory;
}

Job Governor::note_job(Step& step, const JobSeen& seen, JobRecord& record) {
  record.job_class = seen.job_class;
  record.predicted = seen.predicted;
  record.will_start = seen.will_start;
  record.child_predicted = seen.child_predicted;
  record.at_least = at_least(seen, settings_);
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
  job.state = state_of(seen, record, at);
  job.memory = sane(seen.memory);
  job.swapped = sane(seen.swapped);
  job.unswappable = sane(seen.unswappable);
  job.peak = std::max(job.memory + job.swapped, sane(seen.peak));
  if (seen.course && seen.course->cpu > Duration::zero()) job.course = &*seen.course;
  job.lent = record.lent;
  job.wish = seen.wish;
  job.known = seen.predicted && seen.predicted->by != PredictedBy::model;
  if (job.state == JobState::running) {
    record.growth.note(at, job.memory, settings_);
    job.cpu = std::max(Duration::zero(), seen.cpu - record.cpu.value_or(Duration::zero()));
  }
  if (seen.by_size) job.idle = idles(record, job, step.gap);
  record.cpu = seen.cpu;
  record.memory = job.memory;
  job.cpu_so_far = std::max(Duration::zero(), seen.cpu);
  if (job.state != JobState::waiting) estimator_.see_running(job.job_class, job.peak, settings_);
  return job;
}

// A stopped job keeps its share for when it runs again. While all processors are used no share falls, because a job
// that uses little may be waiting for a processor.
void Governor::note_processors(Step& step) {
  if (step.gap > Duration::zero()) {
    const double kept = std::exp(-seconds(step.gap) / seconds(settings_.processor_use));
    const auto averaged = [&](double before, Duration cpu) {
      return kept * before + (1 - kept) * seconds(cpu) / seconds(step.gap);
    };
    Duration all{};
    for (const Job& job : step.view.jobs) all += job.cpu;
    processors_used_ = averaged(processors_used_, all);
    const double most_used = std::max(processors_used_, seconds(all) / seconds(step.gap));
    const bool all_used = most_used >= settings_.processors_all_used * step.processors;
    for (std::size_t i = 0; i < step.view.jobs.size(); ++i) {
      if (step.view.jobs[i].state != JobState::running) continue;
      double& share = step.records[i]->share;
      share = std::max(averaged(share, step.view.jobs[i].cpu), all_used ? share : 0);
    }
  }
  for (std::size_t i = 0; i < step.view.jobs.size(); ++i)
    if (step.view.jobs[i].state == JobState::running) step.processors_used += step.records[i]->share;
}

bool Governor::idles(JobRecord& record, const Job& job, Duration gap) const {
  const bool works = job.state != JobState::running || StallWatch::progress(gap, job.cpu, settings_);
  record.idle = works ? Duration::zero() : record.idle + std::min(gap, settings_.stall_step);
  return record.idle >= settings_.idle;
}

JobState Governor::state_of(const JobSeen& seen, JobRecord& job, Instant at) const {
  using Order = JobRecord::Order;
  const bool settling = at - job.ordered < settings_.settle;
  switch (seen.state) {
    case JobState::waiting:
      return job.admitted && at - *job.admitted < settings_.settle ? JobState::running : JobState::waiting;
    case JobState::running:
      return job.order == Order::freeze && settling ? JobState::frozen : JobState::running;
    case JobState::frozen:
      if (job.order == Order::thaw && settling) return JobState::running;
      // Frozen by somebody before us, or a thaw that did not happen: its time counts from now.
      if (job.order != Order::freeze) {
        job.order = Order::freeze;
        job.ordered = at;
        job.gave_little.reset();
      }
      return JobState::frozen;
  }
  return seen.state;
}

void Governor::forget_vanished(const Step& step) {
  if (jobs_.size() == step.jobs_seen) return;
  std::erase_if(jobs_, [&](const auto& entry) { return entry.second.last_step != steps_; });
}

// After all jobs were noted: what running ones show raises the estimate of their class.
void Governor::expect_peaks(Step& step) {
  const Bytes limit = std::min(step.view.limit, Estimator::kLargestJob);
  std::vector<Job>& jobs = step.view.jobs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].has_child) step.records[i]->had_child = true;
    expect_peak(jobs[i], *step.records[i], limit);
  }
}

// `job.peak` is the highest it had until here.
void Governor::expect_peak(Job& job, const JobRecord& record, Bytes limit) {
  const Bytes reached = job.peak;
  const auto peak = [&](const Estimator::Expected& of, Case which) {
    return std::min(of.peak(which, settings_), limit);
  };
  const Bytes at_least = std::min(record.at_least, limit);
  const auto own = estimator_.expect(job.job_class, record.predicted, settings_);
  job.peak = std::max(peak(own, job.restartable ? Case::expected : Case::careful), at_least);
  job.worst_peak = std::max(peak(own, Case::at_worst), at_least);
  if (record.will_start && !record.had_child) {
    const auto child = estimator_.expect(*record.will_start, record.child_predicted, settings_);
    job.child_peak = peak(child, Case::at_worst);
  }
  if (job.state == JobState::waiting) return;
  job.peak = std::max(job.peak, reached);
  const Bytes all = job.memory + job.swapped;
  const bool outgrows = all > settings_.nearly_there * job.peak;
  if (outgrows) {
    // What it reads back from swap it had before.
    const Bytes grows = std::max(record.growth.in(settings_.outgrow) - job.swapped, Bytes{});
    job.peak = std::max(job.peak, std::min(all + grows, settings_.outgrow_most * all));
  }
  if (!job.restartable) distrust(job, record.predicted, outgrows, limit);
  job.peak = std::min(job.peak, std::max(limit, job.memory));
  job.worst_peak = std::max(job.peak, std::min(job.worst_peak, limit));
  // One that is larger than expected may be the largest of its class.
  job.ahead = std::min(record.growth.in(settings_.horizon), (outgrows ? job.worst_peak : job.peak) - job.memory);
  // What is in swap comes back as fast as it is touched, and at the limit for somebody else's memory.
  if (job.state == JobState::running) job.ahead = std::max(job.ahead, std::min(job.swapped, settings_.reclaim_most));
}

// Jobs that ended below what this one has say nothing of it. Those that ended above it do; where they are few, the
// first guess holds.
void Governor::distrust(Job& job, const std::optional<Prediction>& predicted, bool outgrows, Bytes limit) const {
  const Bytes all = job.memory + job.swapped;
  const auto larger = estimator_.larger_than(job.job_class, all, settings_);
  if (larger.jobs > 0 && outgrows) job.peak = std::max(job.peak, larger.expected.peak(Case::careful, settings_));
  if (job.known) return;
  const Bytes guess = estimator_.guess_at_worst(job.job_class, predicted, settings_);
  const Bytes small = settings_.small_of_guess * guess;
  const Bytes alike = std::max(settings_.alike * all, small);
  if (estimator_.larger_than(job.job_class, alike, settings_).jobs >= settings_.large_enough) return;
  job.worst_peak = std::max(job.worst_peak, std::min(guess, settings_.guess_of_limit * limit));
}

void Governor::note_progress(Step& step) {
  const Chain* oldest = step.view.oldest_active();
  Duration cpu{};
  Duration of_oldest{};
  for (const Job& job : step.view.jobs) {
    cpu += job.cpu;
    if (oldest != nullptr && job.chain == oldest->id) of_oldest += job.cpu;
  }
  stall_.note(step.gap, cpu, settings_);
  if (!StallWatch::progress(step.gap, of_oldest, settings_)) return;
  if (!any_lent_) return;
  for (auto& [id, job] : jobs_) job.lent = false;
  for (Job& job : step.view.jobs) job.lent = false;
  for (Chain& chain : step.view.chains) chain.lent = false;
  any_lent_ = false;
}

void Governor::note_pressure(Step& step, const Observation& seen) {
  pressure_.note(step.view.at, seen, settings_);
  step.hit_high = seen.high_events > high_events_;
  high_events_ = seen.high_events;
  const View& view = step.view;
  const Bytes limit = std::min(view.limit, kLargestLimit);
  const Bytes room = std::min(std::max(settings_.pressure_room * limit, settings_.pressure_room_least),
                              settings_.pressure_room_most * limit);
  const bool little_left = limit - view.used < room;
  const bool at_wire = view.used > std::min(trip_wire_.high(), limit) - settings_.trip_near * limit;
  const double full = pressure_.full_share(settings_) / settings_.pressure_full;
  const double hits = at_wire ? pressure_.high_rate(settings_) / settings_.high_events_per_second : 0;
  const double worst = std::max(full, hits);
  step.squeezed = little_left && worst >= 1;
  if (step.squeezed) squeezed_ = true;
  if (!little_left || (pressure_.known(settings_) && worst < 0.5)) squeezed_ = false;
}

}  // namespace memguard::policy
