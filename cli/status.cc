#include "cli/status.h"

#include <langinfo.h>

#include <algorithm>
#include <clocale>
#include <cstring>

#include <fmt/format.h>

#include "base/io.h"
#include "base/say.h"
#include "cli/terminal.h"
#include "status/ask.h"
#include "status/folder.h"

namespace memguard::cli {
namespace {

using status::RunStatus;

// A supervisor that is being replaced answers within this.
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr int kNoRun = 1;
constexpr int kNarrowest = 20;
constexpr int kWidest = 500;

int columns_of_output(const config::Environment& surroundings) {
  if (const auto size = terminal_size()) return size->columns;
  const auto columns = surroundings.variables.find("COLUMNS");
  return columns == surroundings.variables.end() ? Look{}.width
                                                 : to_number<int>(columns->second).value_or(Look{}.width);
}

}  // namespace

std::vector<RunStatus> ask_runs(const config::Environment& surroundings, int pid) {
  std::vector<RunStatus> runs;
  for (status::Found& found : status::find_runs(surroundings.variables)) {
    if (pid != 0 && found.pid != pid) continue;
    status::Line line(std::move(found.socket));
    auto reply = line.ask({}, kPatience);
    if (!reply) {
      say(Error(reply.error()).in(fmt::format("the run {}", found.pid)).text());
    } else if (auto* run = std::get_if<RunStatus>(&*reply)) {
      runs.push_back(std::move(*run));
    }
  }
  std::ranges::sort(runs, std::ranges::greater(), &RunStatus::age);
  return runs;
}

Look look_of_output(const config::Environment& surroundings) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet
  (void)std::setlocale(LC_CTYPE, "");
  Look look;
  look.width = std::clamp(columns_of_output(surroundings), kNarrowest, kWidest);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet
  look.utf8 = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  return look;
}

std::string none_found(int pid) {
  if (pid == 0) return "no build of yours runs under memguard";
  return fmt::format("no run of yours has pid {}; memguard status shows all of them", pid);
}

Result<int> print_runs(const std::vector<RunStatus>& runs, const config::Environment& surroundings, int pid) {
  TerminalText text;
  const Look look = look_of_output(surroundings);
  for (const RunStatus& run : runs) {
    if (!text.empty()) text += terminal_text("\n");
    text += run_text(run, look);
  }
  if (runs.empty()) text = terminal_text("{}\n", none_found(pid));
  if (auto shown = print(text); !shown) return pass(std::move(shown.error()));
  return runs.empty() ? kNoRun : 0;
}

Result<int> show_status(const StatusOptions& options, const config::Environment& surroundings) {
  const auto runs = ask_runs(surroundings, options.pid);
  if (!options.json) return print_runs(runs, surroundings, options.pid);
  if (auto shown = print_json(status::to_json(runs)); !shown) return pass(std::move(shown.error()));
  return runs.empty() ? kNoRun : 0;
}

}  // namespace memguard::cli
