#include "supervisor/memory/unmapped.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace memguard::supervisor {
namespace {

constexpr double kWorthTelling = 0.1;
// So close to the peak it is what a job that is lost was lost to.
constexpr double kAtPeak = 0.95;

Bytes part(Bytes of, std::size_t parts) { return {of.count / static_cast<std::int64_t>(parts)}; }

void give(Bytes grown, LiveJobs& jobs) {
  std::vector<LiveJob*> running;
  for (LiveJob& job : jobs.all()) {
    if (job.started() && job.record->phase == JobPhase::running) running.push_back(&job);
  }
  for (LiveJob* job : running) job->unmapped += part(grown, running.size());
}

// Whoever has some may have deleted it; what ended jobs left is deleted last.
void take(Bytes gone, LiveJobs& jobs) {
  Bytes all;
  for (const LiveJob& job : jobs.all()) all += job.unmapped;
  if (all <= Bytes{}) return;
  const double kept = std::max(all - gone, Bytes{}).real() / all.real();
  for (LiveJob& job : jobs.all()) job.unmapped = kept * job.unmapped;
}

}  // namespace

void Unmapped::look(const cgroup::MemoryStat& stat, LiveJobs& jobs) {
  Bytes mapped;
  for (const LiveJob& job : jobs.all()) mapped += job.mapped_shmem;
  const Bytes now = std::max(stat.shmem - mapped, Bytes{}) + stat.sock + stat.locked_files();
  const Bytes before = before_.value_or(now);
  before_ = now;
  if (now > before) give(now - before, jobs);
  if (now < before) take(before - now, jobs);
  for (LiveJob& job : jobs.all()) {
    if (job.unmapped <= Bytes{}) continue;
    const Bytes has = job.memory + job.swapped + job.unmapped;
    job.record->peak = std::max(job.record->peak, has);
    job.record->shape.note(job.record->cpu, has);
  }
  note_peak(stat);
}

void Unmapped::note_peak(const cgroup::MemoryStat& stat) {
  const Bytes used = stat.unreclaimable();
  area_.at_peak.most = std::max(area_.at_peak.most.load(), used);
  if (used < kAtPeak * area_.at_peak.most.load()) return;
  area_.at_peak.used = used;
  area_.at_peak.shmem = stat.shmem;
  area_.at_peak.sock = stat.sock;
}

std::string unmapped_text(const SharedArea& area) {
  const Bytes used = area.at_peak.used;
  const Bytes shmem = area.at_peak.shmem;
  const Bytes sock = area.at_peak.sock;
  if (shmem + sock <= Bytes{} || shmem + sock < kWorthTelling * used) return {};
  const std::string what =
      sock > shmem
          ? fmt::format("{} were buffers of sockets: data that was sent and that nobody had read yet.", to_text(sock))
          : fmt::format(
                "{} were files in tmpfs (/tmp, /dev/shm, a target folder there) or shared memory, which "
                "stay until they are deleted. On a disk they do not count: see TMPDIR and "
                "CARGO_TARGET_DIR.",
                to_text(shmem));
  return fmt::format("Of {} that were used then, {}", to_text(used), what);
}

}  // namespace memguard::supervisor
