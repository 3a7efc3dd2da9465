#include "supervisor/account/measured_jobs.h"

#include <algorithm>

namespace memguard::supervisor {
namespace {

// What the front may be late by on a busy machine.
constexpr Duration kLate = std::chrono::milliseconds(500);

bool tells_something(const JobRecord& job) {
  const bool known = job.outcome == report::Outcome::done || job.outcome == report::Outcome::oom;
  return job.phase == JobPhase::ended && known && !job.interrupted && !job.never_ran && peak_is_known(job, job.end) &&
         !job.name.view().empty();
}

history::UnitMeasurement measurement(const JobRecord& job, const std::string& class_name) {
  const Duration stopped = job.held + job.frozen;
  return {job.unit(class_name),
          {.at = {},
           .project = {},
           .program = std::string(job.program.view()),
           .inputs = job.inputs(),
           .peak = job.peak,
           .cpu = job.cpu,
           .wall = std::max(Duration{}, job.end - job.start - stopped),
           .shape = job.shape.shape(job.cpu),
           .completed = job.outcome == report::Outcome::done}};
}

}  // namespace

void mark_interrupted(SharedArea& area) {
  if (!area.interrupted) return;
  const Instant told = area.interrupted_at;
  for (JobRecord& job : area.jobs()) {
    if (job.phase != JobPhase::ended || job.end < told - kLate) continue;
    job.interrupted = true;
    // Before the front knew, nobody asked how it had ended when its parent had been faster.
    if (job.end <= told && job.outcome == report::Outcome::done) job.outcome = report::Outcome::killed;
  }
}

std::vector<history::UnitMeasurement> measured_jobs(SharedArea& area, const config::Config& config,
                                                    const std::string& project, std::chrono::sys_seconds ended) {
  std::vector<history::UnitMeasurement> all;
  const Instant now = area.build_time();
  mark_interrupted(area);
  for (const JobRecord& job : area.jobs()) {
    if (!tells_something(job)) continue;
    all.push_back(measurement(job, config.classes.at(job.job_class).name));
    all.back().measured.project = project;
    all.back().measured.at = ended - std::chrono::floor<std::chrono::seconds>(now - job.end);
  }
  return all;
}

}  // namespace memguard::supervisor
