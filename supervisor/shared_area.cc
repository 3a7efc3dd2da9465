#include "supervisor/shared_area.h"

#include <sys/mman.h>

#include <ctime>
#include <new>

namespace memguard::supervisor {

std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

Result<SharedArea*> SharedArea::create() {
  const std::size_t size = sizeof(SharedArea) + kMostJobs * sizeof(JobRecord);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("map the memory shared by front and supervisor");
  // Default-initialized: the kernel has zeroed the pages, and writing zeros would make them resident.
  auto* area = new (memory) SharedArea;
  area->started_ns = monotonic_ns();
  area->heartbeat_ns = area->started_ns;
  return area;
}

JobRecord* SharedArea::add_job() {
  const std::uint32_t index = job_count.load(std::memory_order_relaxed);
  if (index >= kMostJobs) return nullptr;
  JobRecord* record = records() + index;
  record->leaf = -1;
  record->above = -1;
  job_count.store(index + 1, std::memory_order_release);
  return record;
}

bool peak_is_known(const JobRecord& job, Instant end) {
  constexpr double kUnseenShare = 0.25;
  const Duration life = end - job.start - job.held - job.frozen;
  const Duration unseen = end - job.measured_at;
  return job.peak > Bytes{} && seconds(unseen) <= kUnseenShare * seconds(life);
}

PeakSays peak_says(const JobRecord& job, Instant end) {
  if (job.never_ran || job.peak <= Bytes{}) return PeakSays::nothing;
  if (job.outcome != report::Outcome::done) return PeakSays::at_least;
  return peak_is_known(job, end) ? PeakSays::need : PeakSays::nothing;
}

Instant SharedArea::build_time() const {
  return Instant(Duration(monotonic_ns() - started_ns - suspended_ns.load(std::memory_order_relaxed)));
}

}  // namespace memguard::supervisor
