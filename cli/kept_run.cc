#include "cli/kept_run.h"

#include <fmt/format.h>

#include "base/io.h"
#include "base/whole_file.h"
#include "history/database.h"
#include "report/kept_runs.h"

namespace memguard::cli {
namespace {

Result<std::string> folder_of_runs(const config::Environment& surroundings) {
  auto folder = history::runs_folder(surroundings.variables);
  if (!folder) return fail("the last run has no place", 0, "Set HOME or XDG_STATE_HOME, or name a file.");
  return std::move(*folder);
}

Result<std::string> file_of(const WhichRun& which, const config::Environment& surroundings) {
  if (!which.file.empty()) return which.file;
  const auto folder = folder_of_runs(surroundings);
  if (!folder) return tl::unexpected<Error>(folder.error());
  const auto runs = report::kept_runs(*folder);
  if (runs.empty()) return fail("there is no last run in " + *folder, 0, "Guard one first: memguard run -- COMMAND...");
  if (static_cast<std::size_t>(which.last) > runs.size())
    return fail(fmt::format("there is no run {}: {} {} kept", which.last, runs.size(), runs.size() == 1 ? "is" : "are"),
                0, "memguard report --list shows them.");
  return runs[static_cast<std::size_t>(which.last) - 1];
}

}  // namespace

Result<LoadedRun> load_run(const WhichRun& which, const config::Environment& surroundings) {
  auto file = file_of(which, surroundings);
  if (!file) return pass(std::move(file.error()));
  auto text = read_whole(*file);
  if (!text) return pass(std::move(text.error()));
  auto run = report::read_json(*text);
  if (!run) return pass(std::move(run.error()), *file);
  return LoadedRun{std::move(*run), std::move(*text), std::move(*file)};
}

WhichRun run_of_word(const std::string& word) {
  const auto number = to_number<int>(word);
  return number && *number > 0 ? WhichRun{{}, *number} : WhichRun{word, 1};
}

Result<std::vector<std::string>> runs_kept(const config::Environment& surroundings) {
  const auto folder = folder_of_runs(surroundings);
  if (!folder) return tl::unexpected<Error>(folder.error());
  return report::kept_runs(*folder);
}

}  // namespace memguard::cli
