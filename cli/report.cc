#include "cli/report.h"

#include <CLI/CLI.hpp>

#include "base/say.h"
#include "base/whole_file.h"
#include "cli/report_text.h"
#include "history/database.h"

namespace memguard::cli {
namespace {

Result<std::string> last_run(const config::Environment& surroundings) {
  auto file = history::last_run_file(surroundings.variables);
  if (!file) return fail("the last run has no place", 0, "Set HOME or XDG_STATE_HOME, or name a file.");
  return std::move(*file);
}

}  // namespace

Result<Subcommand<ReportOptions>> parse_report(const std::vector<std::string>& arguments) {
  Subcommand<ReportOptions> line;
  CLI::App app("What happened in a run: its jobs, who waited, and how good the predictions were", "memguard report");
  app.add_option("file", line.options.file, "what memguard run --json wrote (default: the last run)")
      ->type_name("FILE");
  auto help = read_words(app, arguments);
  if (!help) return pass(std::move(help.error()));
  line.help = std::move(*help);
  return line;
}

Result<int> show_report(const ReportOptions& options, const config::Environment& surroundings) {
  auto file = options.file.empty() ? last_run(surroundings) : Result<std::string>(options.file);
  if (!file) return pass(std::move(file.error()));
  auto text = read_whole(*file);
  if (!text && text.error().gone() && options.file.empty())
    return fail("there is no last run at " + *file, 0, "Guard one first: memguard run -- COMMAND...");
  if (!text) return pass(std::move(text.error()));
  auto run = report::read_json(*text);
  if (!run) return pass(std::move(run.error()), *file);
  if (auto shown = print(report_text(*run)); !shown) return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli
