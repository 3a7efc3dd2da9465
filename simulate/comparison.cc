#include "simulate/comparison.h"

#include "simulate/curve.h"
#include "simulate/world.h"

namespace memguard::simulate {

const FixedJobs* Comparison::best() const {
  const FixedJobs* best = nullptr;
  for (const FixedJobs& one : fixed) {
    if (!one.survived()) continue;
    if (best == nullptr || one.outcome.makespan < best->outcome.makespan) best = &one;
  }
  return best;
}

Comparison compare(const Build& build, const policy::Settings& settings) {
  Comparison all;
  policy::Governor governor(settings);
  all.guarded = run(build.tasks, build.machine, governor);
  for (int jobs = 1; jobs <= build.machine.tokens; ++jobs) {
    all.fixed.push_back({jobs, run_fixed(build.tasks, build.machine, jobs)});
  }
  all.bound = physical_bound(build.tasks, build.machine);
  return all;
}

std::optional<std::pair<int, Duration>> best_fixed(const std::vector<Task>& tasks, const Machine& machine) {
  std::optional<std::pair<int, Duration>> best;
  for (int jobs = 1; jobs <= machine.tokens; ++jobs) {
    const Outcome outcome = run_fixed(tasks, machine, jobs);
    if (outcome.killed > 0 || outcome.hung) continue;
    if (!best || outcome.makespan < best->second) best = {jobs, outcome.makespan};
  }
  return best;
}

}  // namespace memguard::simulate
