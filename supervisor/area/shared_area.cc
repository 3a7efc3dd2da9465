#include "supervisor/area/shared_area.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <new>

#include "config/config.h"

namespace memguard::supervisor {

namespace {

// Below this a table would be full of jobs that live.
constexpr std::size_t kFewestJobs = 4096;

std::size_t size_for(std::size_t jobs) { return sizeof(SharedArea) + jobs * sizeof(JobRecord); }

// All of us need address space besides.
std::size_t fitting(std::size_t jobs) {
  rlimit space{};
  if (::getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return jobs;
  while (jobs > kFewestJobs && size_for(jobs) > space.rlim_cur / 4) jobs /= 2;
  return jobs;
}

void* map(std::size_t jobs) {
  return ::mmap(nullptr, size_for(jobs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

}  // namespace

Result<SharedArea*> SharedArea::create(std::size_t most_jobs) {
  std::size_t jobs = fitting(most_jobs);
  void* memory = map(jobs);
  while (memory == MAP_FAILED && jobs > kFewestJobs) memory = map(jobs /= 2);
  if (memory == MAP_FAILED) return fail_errno("map the memory shared by front and supervisor");
  // Default-initialized: the kernel has zeroed the pages, and writing zeros would make them resident.
  auto* area = new (memory) SharedArea;
  area->capacity = static_cast<std::uint32_t>(jobs);
  area->started = MonotonicClock::now();
  area->heartbeat = area->started;
  return area;
}

JobRecord* SharedArea::find_free() {
  for (std::uint32_t tried = 0; tried < capacity; ++tried, ++next_id) {
    JobRecord& record = records()[next_id % capacity];
    if (next_id % capacity >= job_count || record.phase == JobPhase::ended) return &record;
  }
  return nullptr;
}

JobRecord* SharedArea::next_reused() {
  JobRecord* record = find_free();
  return record != nullptr && next_id % capacity < job_count ? record : nullptr;
}

JobRecord* SharedArea::add_job() {
  JobRecord* record = find_free();
  if (record == nullptr) return nullptr;
  const std::uint32_t index = next_id % capacity;
  if (index < job_count) {
    const JobRecord before = *record;
    *record = {};
    earlier.add(before);
  }
  record->id = next_id++;
  record->leaf = -1;
  record->above = -1;
  if (index >= job_count) job_count.store(index + 1, std::memory_order_release);
  return record;
}

JobRecord* SharedArea::job(std::uint32_t id) {
  const std::uint32_t index = id % capacity;
  return index < job_count && records()[index].id == id ? records() + index : nullptr;
}

std::vector<JobRecord*> SharedArea::jobs_by_arrival() {
  std::vector<JobRecord*> all;
  all.reserve(jobs().size());
  for (JobRecord& record : jobs()) all.push_back(&record);
  // Those that are left of the round before come first.
  std::ranges::sort(all, {}, [this](const JobRecord* record) { return record->id - next_id; });
  return all;
}

void EarlierJobs::add(const JobRecord& job) {
  if (job.never_ran) return;
  ++jobs;
  held += job.was_held ? 1 : 0;
  held_time += job.held;
  longest_held = std::max(longest_held, job.held);
  frozen += job.was_frozen ? 1 : 0;
  frozen_time += job.frozen;
  peak = std::max(peak, job.peak);
}

void enter(JobRecord& job, JobPhase phase, Instant now) {
  if (job.phase == JobPhase::held) job.held += now - job.stopped_at;
  if (job.phase == JobPhase::frozen) job.frozen += now - job.stopped_at;
  if (phase == JobPhase::held || phase == JobPhase::frozen) {
    job.was_held = job.was_held || phase == JobPhase::held;
    job.was_frozen = job.was_frozen || phase == JobPhase::frozen;
    job.hold_done = job.hold_done && phase != JobPhase::held;
    job.stopped_at = now;
  } else {
    job.resumed_at = now;
  }
  if (phase == JobPhase::ended) job.end = now;
  job.phase = phase;
}

bool peak_is_known(const JobRecord& job, Instant end) {
  constexpr double kUnseenShare = 0.25;
  const Duration life = end - job.start - job.held - job.frozen;
  const Duration unseen = end - job.measured_at;
  return job.peak > Bytes{} && seconds(unseen) <= kUnseenShare * seconds(life);
}

std::optional<Bytes> need_told_by(const JobRecord& job, Instant end) {
  constexpr double kMostGrowth = 4;
  if (peak_is_known(job, end)) return job.peak;
  if (job.job_class != config::kOther || job.never_ran || job.peak <= Bytes{}) return std::nullopt;
  const Duration life = end - job.start - job.held - job.frozen;
  const Duration seen = life - (end - job.measured_at);
  return seen * kMostGrowth > life ? seconds(life) / seconds(seen) * job.peak : kMostGrowth * job.peak;
}

PeakSays peak_says(const JobRecord& job, Instant end) {
  if (job.never_ran || job.peak <= Bytes{}) return PeakSays::nothing;
  if (job.outcome != report::Outcome::done) return PeakSays::at_least;
  return need_told_by(job, end) ? PeakSays::need : PeakSays::nothing;
}

Instant SharedArea::build_time() const {
  return Instant(MonotonicClock::now() - started - suspended.load(std::memory_order_relaxed));
}

}  // namespace memguard::supervisor
