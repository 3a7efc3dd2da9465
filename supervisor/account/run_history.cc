#include "supervisor/account/run_history.h"

#include "base/clock.h"
#include "config/environment.h"
#include "history/database.h"
#include "report/kept_runs.h"
#include "supervisor/account/measured_jobs.h"

namespace memguard::supervisor {
namespace {

Status keep_measured(const RunHistory& history, SharedArea& area, const config::Config& config) {
  const auto measured = measured_jobs(area, config, history.project, date_now());
  if (measured.empty()) return {};
  auto database = history::Database::open(history.file);
  if (!database) return pass(std::move(database.error()), "keep history");
  if (auto added = database->add(measured); !added) return pass(std::move(added.error()), "keep history");
  return database->remark().empty() ? Status() : fail(database->remark());
}

// A run without jobs and warnings has nothing to tell, and would hide the one that the user wants to look into.
Status keep_report(const RunHistory& history, const report::RunReport& run) {
  if (run.jobs.empty() && report::warnings(run).empty()) return {};
  auto written = report::keep_run(run, history.runs, exact_date_now());
  return written ? written : Status(pass(std::move(written.error()), "keep the report"));
}

}  // namespace

RunHistory read_history(const config::Config& config) {
  RunHistory history;
  const auto environment = config::system_environment();
  const auto file = history::default_file(environment.variables);
  if (!config.history.value || !file) return history;
  history.file = *file;
  history.runs = *history::runs_folder(environment.variables);
  history.project = environment.working_directory;
  auto database = history::Database::open_to_read(*file);
  // Nothing yet. What is damaged or too new is told when it is to be written.
  if (!database) {
    if (!database.error().gone()) history.remark = database.error().text();
    return history;
  }
  if (auto remembered = database->remember()) {
    history.remembered = std::move(*remembered);
  } else {
    history.remark = remembered.error().text();
  }
  return history;
}

Status write_history(const RunHistory& history, SharedArea& area, const config::Config& config,
                     const report::RunReport& run) {
  if (history.file.empty()) return {};
  auto measured = keep_measured(history, area, config);
  auto kept = keep_report(history, run);
  // One line is enough: mostly both fail for the same reason.
  return measured ? kept : measured;
}

}  // namespace memguard::supervisor
