#include "supervisor/account/end_report.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/say.h"
#include "proc/kernel_log.h"
#include "supervisor/account/lost_jobs.h"
#include "supervisor/account/run_metrics.h"
#include "supervisor/account/slurm_comment.h"
#include "supervisor/memory/hidden_limit.h"
#include "supervisor/restart/kill_ledger.h"
#include "supervisor/tell/journal.h"

namespace memguard::supervisor {
namespace {

// The clock of the kernel's log and ours differ by milliseconds.
constexpr Duration kLogClockError = std::chrono::seconds(1);

void finish_counting(const EndedRun& run) {
  // Without a supervisor nobody else has counted.
  if (run.home.can().memory) {
    const auto events = run.home.build->memory_events();
    if (events) run.area.oom_kills = std::max(run.area.oom_kills.load(), events->oom_kill);
  }
  KillLedger(run.home, run.area).close();
  if (!run.area.interrupted) note_lost(run.area);
}

// A job has a line of its own.
bool was_job(pid_t pid, SharedArea& area) {
  return std::ranges::any_of(area.jobs(), [pid](const JobRecord& job) {
    const bool by_kernel = job.killer == report::Killer::limit || job.killer == report::Killer::outside;
    return by_kernel && job.process.pid == pid;
  });
}

// Whom the kernel killed in main/ that was no job, as its log has it.
std::vector<report::Victim> victims_of(const EndedRun& run) {
  std::vector<report::Victim> victims;
  if (!run.home.can().memory || run.area.kills_unexplained == 0) return victims;
  const auto kills = proc::read_kills();
  if (!kills) return victims;
  const std::string group = "/" + run.home.run_name + "/build/main";
  for (const auto& kill : *kills) {
    const bool of_this_run =
        kill.group.ends_with(group) && kill.at + kLogClockError >= run.area.started.time_since_epoch();
    if (of_this_run && !was_job(kill.pid, run.area)) victims.push_back({kill.program, kill.memory});
  }
  return victims;
}

struct Line {
  std::string text;
  /// Where the journal has an entry for such.
  std::optional<JournalEvent> event{};
};

std::vector<Line> lines_of(const EndedRun& run, const report::RunReport& report) {
  std::vector<Line> lines;
  if (!run.area.interrupted) {
    for (auto& lost : tell_lost(run.area, run.config, report, run.home))
      lines.push_back({std::move(lost), JournalEvent::lost});
  }
  // gcc 12 warns of a text of known length that is moved into a vector.
  if (run.given_up)
    lines.emplace_back().text =
        "the supervisor failed three times within a minute: from then on nothing was held, frozen or restarted";
  if (auto hidden = hidden_limit_text(run.area); !hidden.empty()) lines.push_back({std::move(hidden)});
  const std::string over = report::over_limit_text(report);
  for (auto& warning : report::warnings(report)) {
    const auto event = warning == over ? std::optional(JournalEvent::over_limit) : std::nullopt;
    lines.push_back({std::move(warning), event});
  }
  if (auto end = report::end_line(report); !end.empty()) lines.push_back({std::move(end)});
  return lines;
}

// Where stderr is the journal, what has an entry of its own is no line as well.
void tell(const std::vector<Line>& lines) {
  const Journal journal = Journal::of_stderr();
  for (const Line& line : lines) {
    if (!line.event || !journal.write(*line.event, line.text)) say(line.text);
  }
  journal.settle();
}

}  // namespace

void report_end(const EndedRun& run) {
  const bool quiet = run.config.quiet.value;
  finish_counting(run);
  report::RunReport report = tally(run.area, run.config, run.facts);
  report.victims = victims_of(run);
  if (!quiet) tell(lines_of(run, report));
  if (auto kept = write_history(run.history, run.area, run.config, report); !kept && !quiet) say(kept.error().text());
  const RunFacts& facts = run.facts;
  write_last_metrics(run.config, run.area,
                     {facts.folder, facts.command, facts.tier, run.config.metrics.value.value_or("")},
                     facts.exit_status);
  if (run.config.slurm_comment.value) {
    const auto variables = config::system_environment().variables;
    const auto done = comment_slurm_job(report, variables);
    const bool is_asked_for =
        variables.contains("SLURM_JOB_ID") || config::said_for_this_run(run.config.slurm_comment.origin);
    if (!done && !quiet && is_asked_for) say(done.error().text());
  }
  const auto& json = run.config.json;
  if (!json.value) return;
  if (auto written = report::write_json(report, *json.value); !written)
    say(fmt::format("{}: {}", json.origin, written.error().text()));
}

}  // namespace memguard::supervisor
