#include "supervisor/run_history.h"

#include "config/environment.h"
#include "history/database.h"
#include "supervisor/measured_jobs.h"

namespace memguard::supervisor {

RunHistory read_history(const config::Config& config) {
  RunHistory history;
  const auto environment = config::system_environment();
  const auto file = history::default_file(environment.variables);
  if (!config.history.value || !file) return history;
  history.file = *file;
  history.last_run = *history::last_run_file(environment.variables);
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
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto measured = measured_jobs(area, config, history.project, now);
  if (measured.empty()) return {};
  auto database = history::Database::open(history.file);
  if (!database) return pass(std::move(database.error()), "keep history");
  if (auto added = database->add(measured); !added) return pass(std::move(added.error()), "keep history");
  if (!database->remark().empty()) return fail(database->remark());
  return report::write_json(run, history.last_run);
}

}  // namespace memguard::supervisor
