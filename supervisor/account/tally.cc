#include "supervisor/account/tally.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "supervisor/account/tell_timeline.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/memory/most_above.h"
#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

// The kernel keeps its limit and counts its kills.
constexpr std::string_view kTierWithCounter = "full";

report::JobReport report_job(JobRecord job, const config::Config& config, Instant now) {
  const bool ended = job.phase == JobPhase::ended;
  if (!ended) enter(job, JobPhase::ended, now);
  return {.id = job.id,
          .job_class = config.classes.at(job.job_class).name,
          .crate = std::string(job.crate.view()),
          .version = std::string(job.version.view()),
          .output = std::string(job.output.view()),
          .program = std::string(job.program.view()),
          .unit = std::string(job.name.view()),
          .profile = std::string(job.profile.view()),
          .pid = job.process.pid,
          .start = job.start.time_since_epoch(),
          .end = job.end.time_since_epoch(),
          .peak = job.peak,
          .predicted = job.predicted,
          .cpu = job.cpu,
          .held = job.held,
          .frozen = job.frozen,
          .restarts = job.start_number,
          .outcome = ended ? job.outcome : report::Outcome::running,
          .killer = job.killer,
          .family = job.family,
          .above = job.above < 0 ? report::Change::kNoJob : static_cast<std::uint32_t>(job.above)};
}

void add_stops(report::RunReport& run, const JobRecord& record, const report::JobReport& job) {
  run.held += record.was_held ? 1 : 0;
  run.held_time += job.held;
  run.longest_held = std::max(run.longest_held, job.held);
  run.frozen += record.was_frozen ? 1 : 0;
  run.frozen_time += job.frozen;
}

void add_earlier(report::RunReport& run, const EarlierJobs& earlier) {
  run.earlier_jobs = static_cast<int>(earlier.jobs);
  run.held += static_cast<int>(earlier.held);
  run.held_time += earlier.held_time;
  run.longest_held = std::max(run.longest_held, earlier.longest_held);
  run.frozen += static_cast<int>(earlier.frozen);
  run.frozen_time += earlier.frozen_time;
  run.peak = std::max(run.peak, earlier.peak);
}

// By jobs alone where the build has no counter of its own.
std::uint64_t kills_of(SharedArea& area) {
  const auto jobs = std::ranges::count_if(area.jobs(), [](const JobRecord& job) {
    return job.killer == report::Killer::limit || job.killer == report::Killer::outside;
  });
  return std::max(area.oom_kills.load(), static_cast<std::uint64_t>(jobs));
}

void add_kills(report::RunReport& run, SharedArea& area) {
  run.oom_kills = kills_of(area);
  (run.tier == kTierWithCounter ? run.oom_kills_no_job : run.oom_kills_machine) = area.kills_unexplained;
}

// The most that any job had may have been above it between two looks at the whole.
void add_over_limit(report::RunReport& run, SharedArea& area, const config::Config& config) {
  if (run.tier == kTierWithCounter || run.limit.is_unlimited() || run.peak <= run.limit) return;
  MostAbove most = area.most_above;
  if (area.peak.load() < run.peak && !area.jobs().empty()) {
    const auto largest = std::ranges::max_element(area.jobs(), {}, &JobRecord::peak);
    most = {largest->id, {}, largest->peak, largest->predicted};
  }
  run.over_limit = report::OverLimit{run.peak - run.limit, name_of(most, area, config), most.had, most.predicted};
}

void add_thrashing(report::RunReport& run, SharedArea& area, const config::Config& config) {
  if (area.thrashing.lasted.load() == Duration{}) return;
  const JobRecord* job = area.job(area.thrashing.job);
  run.thrashing =
      report::Thrashing{job == nullptr ? "" : job_label(*job, config), area.thrashing.lasted, area.thrashing.limit};
}

}  // namespace

report::RunReport tally(SharedArea& area, const config::Config& config, const RunFacts& facts) {
  const Instant now = area.build_time();
  report::RunReport run;
  static_cast<report::Totals&>(run) = area.totals;
  run.ended_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc(facts.ended_at));
  run.folder = facts.folder;
  run.command = facts.command;
  run.tier = facts.tier;
  run.exit_status = facts.exit_status;
  run.wall = now.time_since_epoch();
  run.limit = area.highest_limit;
  run.limit_origin = facts.limit_origin;
  if (run.limit > facts.limit) {
    run.limit_origin.setter = report::LimitSetter::user;
    run.limit_origin.text = kMovedByUser;
  }
  run.peak = area.peak.load();
  add_kills(run, area);
  std::ranges::copy(area.unguarded, run.unguarded.begin());
  run.hidden_limit = area.hidden.limit;
  run.supervisor_cpu = facts.supervisor_cpu;
  run.supervisor_peak = facts.supervisor_peak;
  run.processors = facts.processors;
  add_earlier(run, area.earlier);
  for (const JobRecord* record : area.jobs_by_arrival()) {
    if (record->never_ran) continue;
    run.jobs.push_back(report_job(*record, config, now));
    add_stops(run, *record, run.jobs.back());
    // A job may have had its most between two looks at the whole.
    run.peak = std::max(run.peak, run.jobs.back().peak);
  }
  add_over_limit(run, area, config);
  add_thrashing(run, area, config);
  run.timeline = tell_timeline(area.timeline);
  return run;
}

}  // namespace memguard::supervisor
