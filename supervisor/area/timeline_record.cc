#include "supervisor/area/timeline_record.h"

#include <algorithm>

namespace memguard::supervisor {
namespace {

// 50 ms, doubled so often, is 17 years.
constexpr std::uint32_t kMostDoubled = 33;

}  // namespace

bool SampleStore::Place::takes(std::size_t more_jobs) const {
  return samples < kSamples && jobs + more_jobs <= kSampledJobs;
}

const SampleRecord* SampleStore::Place::last() const { return samples == 0 ? nullptr : &sample.at(samples - 1); }

void SampleStore::Place::take_last_out() {
  jobs = last()->first;
  samples.store(samples - 1, std::memory_order_release);
}

void SampleStore::Place::append(const SampleRecord& added, std::span<const SampledJob> jobs_of_it) {
  SampleRecord& next = sample.at(samples);
  next = added;
  next.first = jobs;
  next.count = static_cast<std::uint32_t>(jobs_of_it.size());
  std::ranges::copy(jobs_of_it, job.begin() + jobs);
  jobs += next.count;
  samples.store(samples + 1, std::memory_order_release);
}

Duration SampleStore::step() const { return kFirstStep * (std::int64_t{1} << std::min(doubled_.load(), kMostDoubled)); }

bool SampleStore::wants(Duration at, std::int64_t used) const {
  const SampleRecord* last = places_.at(active_).last();
  return last == nullptr || (at >= last->at && (!same_interval(at, last->at) || used > last->used));
}

// The one of an interval that has more memory stays. `place` has room.
void SampleStore::put(Place& place, const SampleRecord& sample, std::span<const SampledJob> jobs) const {
  const SampleRecord* last = place.last();
  if (last != nullptr && same_interval(sample.at, last->at)) {
    if (sample.used <= last->used) return;
    place.take_last_out();
  }
  place.append(sample, jobs);
}

void SampleStore::thin() {
  const Place& from = places_.at(active_);
  Place& to = places_.at(1 - active_);
  to.samples = to.jobs = 0;
  if (doubled_ < kMostDoubled) ++doubled_;
  for (std::uint32_t i = 0; i < from.samples; ++i) put(to, from.sample.at(i), jobs_of(from.sample.at(i)));
  active_.store(1 - active_, std::memory_order_release);
}

void SampleStore::note(SampleRecord sample, std::span<const SampledJob> jobs) {
  if (!wants(sample.at, sample.used)) return;
  jobs = jobs.first(std::min(jobs.size(), kJobsOfOne));
  for (std::uint32_t tried = 0; !places_.at(active_).takes(jobs.size()) && tried < kMostDoubled; ++tried) thin();
  if (places_.at(active_).takes(jobs.size())) put(places_.at(active_), sample, jobs);
}

std::vector<SampleRecord> SampleStore::samples() const {
  const Place& place = places_.at(active_.load(std::memory_order_acquire));
  const std::size_t count = std::min<std::size_t>(place.samples.load(std::memory_order_acquire), kSamples);
  std::vector<SampleRecord> all;
  for (std::size_t i = 0; i < count; ++i) {
    const SampleRecord& one = place.sample.at(i);
    const bool whole = one.first <= kSampledJobs && one.count <= kSampledJobs - one.first;
    if (whole && one.at >= Duration{} && (all.empty() || one.at > all.back().at)) all.push_back(one);
  }
  return all;
}

std::span<const SampledJob> SampleStore::jobs_of(const SampleRecord& sample) const {
  return std::span(places_.at(active_).job).subspan(sample.first, sample.count);
}

void ChangeStore::note(const ChangeRecord& change) {
  change_.at(noted_ % kChanges) = change;
  noted_.store(noted_ + 1, std::memory_order_release);
}

std::vector<ChangeRecord> ChangeStore::changes() const {
  std::vector<ChangeRecord> all;
  for (std::uint64_t i = left_out(); i < noted_; ++i) all.push_back(change_.at(i % kChanges));
  return all;
}

std::uint64_t ChangeStore::left_out() const { return noted_ > kChanges ? noted_ - kChanges : 0; }

}  // namespace memguard::supervisor
