#include <fmt/format.h>

#include "report/run_report.h"

namespace memguard::report {
namespace {

bool did_something(const RunReport& run) {
  return run.held > 0 || run.frozen > 0 || run.evicted > 0 || run.restarted > 0 || run.oom_kills > 0 || run.lost > 0;
}

// Who gave memory back is started again, unless the build ended before.
std::string ended_text(const RunReport& run) {
  if (run.evicted > 0 && run.evicted == run.restarted)
    return fmt::format(", {} gave memory back and started again", run.evicted);
  std::string text;
  if (run.evicted > 0) text += fmt::format(", {} gave memory back", run.evicted);
  if (run.restarted > 0) text += fmt::format(", {} started again", run.restarted);
  return text;
}

// "none lost" would be a lie when the kernel killed something that nobody started again, and "none killed" when
// memguard or the kernel ended a job that came back.
std::string lost_text(const RunReport& run) {
  const bool killed = run.evicted > 0 || run.restarted > 0 || run.oom_kills > 0;
  if (run.lost == 0 && run.oom_kills_no_job == 0) return killed ? "none lost" : "none killed";
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
  if (run.held > 0) line += fmt::format(", {} waited up to {}", run.held, to_text(run.longest_held));
  if (run.frozen > 0) line += fmt::format(", {} paused", run.frozen);
  line += ended_text(run);
  if (run.oom_kills > 0) line += fmt::format(", {} killed for memory", run.oom_kills);
  line += ", " + lost_text(run);
  return run.peak.count > 0 ? line + "; peak " + part_text(run.peak, run.limit) : line;
}

}  // namespace memguard::report
