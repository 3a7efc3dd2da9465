#include "supervisor/memory/most_above.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "supervisor/stop/explain.h"

namespace memguard::supervisor {

namespace {

// Who is above its prediction comes first, by how much; then who is not, by what it has.
std::pair<Bytes, Bytes> rank(const MostAbove& one) { return {std::max(one.had - one.predicted, Bytes{}), one.had}; }

}  // namespace

MostAbove most_above(const LiveJobs& jobs, const Bystander& largest) {
  MostAbove most{MostAbove::kNoJob, {}, {}, {}};
  for (const LiveJob& job : jobs.all()) {
    const MostAbove one{static_cast<std::uint32_t>(job.id), {}, job.memory, job.record->predicted};
    if (rank(one) > rank(most)) most = one;
  }
  // Where every job keeps to its prediction a shell is not to blame.
  const Bytes to_beat = most.had > most.predicted ? most.had - most.predicted : most.had;
  if (largest.pid == 0 || largest.memory <= to_beat) return most;
  most = {MostAbove::kNoJob, {}, largest.memory, {}};
  const auto name = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", largest.pid));
  if (name) most.program.set(std::string_view(*name).substr(0, name->find('\n')));
  return most;
}

std::string name_of(const MostAbove& most, SharedArea& area, const config::Config& config) {
  if (const JobRecord* job = area.job(most.job)) return job_label(*job, config);
  return printable(most.program.view());
}

}  // namespace memguard::supervisor
