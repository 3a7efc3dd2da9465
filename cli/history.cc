#include "cli/history.h"

#include <fmt/format.h>

#include "base/say.h"
#include "base/whole_file.h"
#include "cli/history_table.h"
#include "history/exchange.h"

namespace memguard::cli {
namespace {

using memguard::history::Database;
using memguard::history::Filter;

Result<Filter> filter_of(const HistoryOptions& options, const config::Environment& surroundings) {
  if (options.here && surroundings.working_directory.empty()) return fail("--here: the working directory is gone");
  return Filter{.job_class = options.job_class,
                .name = options.name,
                .project = options.here ? surroundings.working_directory : std::string()};
}

Result<std::string> file_of(const config::Environment& surroundings) {
  auto file = memguard::history::default_file(surroundings.variables);
  if (!file) return fail("history has no place", 0, "Set HOME or XDG_STATE_HOME to an absolute path.");
  return *file;
}

// For changing it: with one line on stderr when a damaged one was set aside.
Result<Database> open_to_change(const std::string& file) {
  auto database = Database::open(file);
  if (database && !database->remark().empty()) say(database->remark());
  return database;
}

Result<TerminalText> import_file(const HistoryOptions& options, const std::string& file) {
  const std::string& source = options.import_from;
  const auto text = read_whole(source == "-" ? "/dev/stdin" : source);
  if (!text) return tl::unexpected<Error>(text.error());
  const auto runs = memguard::history::from_json(*text);
  if (!runs) return pass(Error(runs.error()), source == "-" ? "stdin" : source);
  auto database = open_to_change(file);
  if (!database) return pass(std::move(database.error()));
  const auto added = database->merge(*runs);
  if (!added) return tl::unexpected<Error>(added.error());
  return terminal_text("{} of {} runs were new\n", *added, runs->size());
}

Result<TerminalText> forget(const Filter& filter, const std::string& file, bool any_filter) {
  // Opening it to change would make it.
  if (const auto there = Database::open_to_read(file); !there && there.error().gone()) return no_history(false);
  auto database = open_to_change(file);
  if (!database) return pass(std::move(database.error()));
  const auto runs = database->forget(filter);
  if (!runs) return tl::unexpected<Error>(runs.error());
  return *runs == 0 ? no_history(any_filter) : terminal_text("{} {} forgotten\n", *runs, *runs == 1 ? "run" : "runs");
}

Result<TerminalText> answer(const HistoryOptions& options, const config::Environment& surroundings) {
  const auto filter = filter_of(options, surroundings);
  if (!filter) return tl::unexpected<Error>(filter.error());
  const auto file = file_of(surroundings);
  if (!file) return tl::unexpected<Error>(file.error());
  if (!options.import_from.empty()) return import_file(options, *file);
  if (options.forget) return forget(*filter, *file, options.filtered());
  const auto units = read_history(*filter, surroundings);
  if (!units) return tl::unexpected<Error>(units.error());
  if (!options.export_to.empty()) {
    const std::string json = memguard::history::to_json(*units);
    auto written = options.export_to == "-" ? print_json(json) : write_whole(options.export_to, json);
    return written ? Result<TerminalText>(TerminalText()) : pass(std::move(written.error()));
  }
  return units->empty() ? no_history(options.filtered()) : to_table(*units);
}

}  // namespace

Result<std::vector<memguard::history::UnitRuns>> read_history(const Filter& filter,
                                                              const config::Environment& surroundings) {
  const auto file = file_of(surroundings);
  if (!file) return tl::unexpected<Error>(file.error());
  auto database = Database::open_to_read(*file);
  if (!database && database.error().gone()) return std::vector<memguard::history::UnitRuns>{};
  if (!database) return pass(std::move(database.error()));
  return database->list(filter);
}

TerminalText no_history(bool any_filter) {
  return any_filter ? terminal_text("Nothing in history matches.\n")
                    : terminal_text("No history yet: the first memguard run -- COMMAND begins it.\n");
}

Result<int> look_into_history(const HistoryOptions& options, const config::Environment& surroundings) {
  auto text = answer(options, surroundings);
  if (!text) return pass(std::move(text.error()));
  if (auto shown = print(*text); !shown) return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli
