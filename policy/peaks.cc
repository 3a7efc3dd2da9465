// How much each job is expected to have at its peak, and at worst.
#include "policy/peaks.h"

#include <algorithm>

namespace memguard::policy {
namespace {

// What is known of a job that nobody would start again, besides what is in the view.
struct Doubts {
  const std::optional<Prediction>& predicted;
  /// It nears what it was expected to have.
  bool outgrows = false;
  Bytes limit{};
};

// Jobs that ended below what this one has say nothing of it. Those that ended above it do; where they are few, the
// first guess holds.
void distrust(const Step& step, Job& job, const Doubts& doubts) {
  const Bytes all = job.memory + job.swapped;
  const auto larger = step.state.estimator.larger_than(job.job_class, all, step.settings);
  if (larger.jobs > 0 && doubts.outgrows)
    job.peak = std::max(job.peak, larger.expected.peak(Case::careful, step.settings));
  if (job.known) return;
  const Bytes guess = step.state.estimator.guess_at_worst(job.job_class, doubts.predicted, step.settings);
  const Bytes small = step.settings.small_of_guess * guess;
  const Bytes alike = std::max(step.settings.alike * all, small);
  if (step.state.estimator.larger_than(job.job_class, alike, step.settings).jobs >= step.settings.large_enough) return;
  job.worst_peak = std::max(job.worst_peak, std::min(guess, step.settings.guess_of_limit * doubts.limit));
}

// `job.peak` is the highest it had until here.
void expect_peak(const Step& step, Job& job, const JobRecord& record, Bytes limit) {
  const Bytes reached = job.peak;
  const auto peak = [&](const Estimator::Expected& of, Case which) {
    return std::min(of.peak(which, step.settings), limit);
  };
  const Bytes at_least = std::min(record.at_least, limit);
  const auto own = step.state.estimator.expect(job.job_class, record.predicted, step.settings);
  job.peak = std::max(peak(own, job.restartable ? Case::expected : Case::careful), at_least);
  job.worst_peak = std::max(peak(own, Case::at_worst), at_least);
  if (record.will_start && !record.had_child) {
    const auto child = step.state.estimator.expect(*record.will_start, record.child_predicted, step.settings);
    job.child_peak = peak(child, Case::at_worst);
  }
  if (job.state == JobState::waiting) return;
  job.peak = std::max(job.peak, reached);
  const Bytes all = job.memory + job.swapped;
  const bool outgrows = all > step.settings.nearly_there * job.peak;
  if (outgrows) {
    // What it reads back from swap it had before.
    const Bytes grows = std::max(record.growth.in(step.settings.outgrow) - job.swapped, Bytes{});
    job.peak = std::max(job.peak, std::min(all + grows, step.settings.outgrow_most * all));
  }
  if (!job.restartable) distrust(step, job, {record.predicted, outgrows, limit});
  job.peak = std::min(job.peak, std::max(limit, job.memory));
  job.worst_peak = std::max(job.peak, std::min(job.worst_peak, limit));
  // One that is larger than expected may be the largest of its class.
  job.ahead = std::min(record.growth.in(step.settings.horizon), (outgrows ? job.worst_peak : job.peak) - job.memory);
  // What is in swap comes back as fast as it is touched, and at the limit for somebody else's memory.
  if (job.state == JobState::running)
    job.ahead = std::max(job.ahead, std::min(job.swapped, step.settings.reclaim_most));
}

}  // namespace

// After all jobs were noted: what running ones show raises the estimate of their class.
void expect_peaks(Step& step) {
  const Bytes limit = std::min(step.view.limit, Estimator::kLargestJob);
  std::vector<Job>& jobs = step.view.jobs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].has_child) step.records[i]->had_child = true;
    expect_peak(step, jobs[i], *step.records[i], limit);
  }
}

}  // namespace memguard::policy
