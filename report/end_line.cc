#include <fmt/format.h>

#include "report/run_report.h"

namespace memguard::report {
namespace {

bool did_something(const RunReport& run) {
  return run.held > 0 || run.frozen > 0 || run.evicted > 0 || run.restarted > 0 || run.oom_kills > 0 || run.lost > 0;
}

// "0 lost" would be a lie when the kernel killed something that nobody started again.
std::string lost_text(const RunReport& run) {
  if (run.oom_kills_no_job == 0) return fmt::format("{} lost", run.lost);
  const std::string others =
      fmt::format("{} lost that {}", run.oom_kills_no_job, run.oom_kills_no_job == 1 ? "was no job" : "were no jobs");
  return run.lost == 0 ? others : fmt::format("{} lost and {}", run.lost, others);
}

}  // namespace

std::string end_line(const RunReport& run) {
  if (!did_something(run)) return {};
  const auto jobs = run.all_jobs();
  std::string line = fmt::format("{} {}", jobs, jobs == 1 ? "job" : "jobs");
  if (run.peak.count > 0) line += ", peak " + part_text(run.peak, run.limit);
  if (run.held > 0) line += fmt::format(", {} held (longest {})", run.held, to_text(run.longest_held));
  if (run.frozen > 0) line += fmt::format(", {} frozen", run.frozen);
  if (run.evicted > 0) line += fmt::format(", {} evicted", run.evicted);
  if (run.restarted > 0) line += fmt::format(", {} restarted", run.restarted);
  if (run.oom_kills > 0) line += fmt::format(", {} OOM {}", run.oom_kills, run.oom_kills == 1 ? "kill" : "kills");
  return line + ", " + lost_text(run);
}

}  // namespace memguard::report
