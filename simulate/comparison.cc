#include "simulate/comparison.h"

namespace memguard::simulate {

const FixedJobs* Comparison::best() const {
  const FixedJobs* best = nullptr;
  for (const FixedJobs& one : fixed) {
    if (!one.survived()) continue;
    if (best == nullptr || one.outcome.makespan < best->outcome.makespan) best = &one;
  }
  return best;
}

Comparison compare(const Build& build) {
  Comparison all;
  policy::Governor governor;
  all.guarded = run(build.tasks, build.machine, governor);
  for (int jobs = 1; jobs <= build.machine.tokens; ++jobs) {
    all.fixed.push_back({jobs, run_fixed(build.tasks, build.machine, jobs)});
  }
  all.bound = physical_bound(build.tasks, build.machine);
  return all;
}

}  // namespace memguard::simulate
