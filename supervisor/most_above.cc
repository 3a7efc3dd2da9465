#include "supervisor/most_above.h"

#include <fcntl.h>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "supervisor/explain.h"

namespace memguard::supervisor {

MostAbove most_above(const LiveJobs& jobs, const Bystander& largest) {
  MostAbove most{MostAbove::kNoJob, {}, largest.memory, {}};
  for (const LiveJob& job : jobs.all()) {
    if (job.memory - job.record->predicted <= most.had - most.predicted) continue;
    most = {static_cast<std::uint32_t>(job.id), {}, job.memory, job.record->predicted};
  }
  if (most.job != MostAbove::kNoJob || largest.pid == 0) return most;
  const auto name = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", largest.pid));
  if (name) most.program.set(std::string_view(*name).substr(0, name->find('\n')));
  return most;
}

std::string name_of(const MostAbove& most, SharedArea& area, const config::Config& config) {
  if (const JobRecord* job = area.job(most.job)) return job_label(*job, config);
  return printable(most.program.view());
}

}  // namespace memguard::supervisor
