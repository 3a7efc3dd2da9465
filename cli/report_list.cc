#include "cli/report_list.h"

#include "base/whole_file.h"
#include "cli/shell_words.h"
#include "cli/text_table.h"
#include "report/run_report.h"

namespace memguard::cli {
namespace {

constexpr std::size_t kLongestCommand = 50;

// Jobs and timeline are most of a file, and no line here has anything of them.
std::string without_jobs(std::string text) {
  const auto jobs = text.find("\n  \"job\": [");
  if (jobs == std::string::npos) return text;
  text.erase(jobs);
  return text + "\n  \"job\": []\n}\n";
}

Row row_of(const std::string& file, std::size_t number) {
  Row row{std::to_string(number)};
  const auto text = read_whole(file);
  const auto run = text ? report::read_json(without_jobs(*text)) : tl::unexpected<Error>(text.error());
  if (!run) return {row.front(), "", "", "", "", "", "", run.error().text()};
  const std::string limit = run->limit.is_unlimited() ? "" : " of " + to_text(run->limit);
  return {row.front(),
          run->ended_at,
          std::to_string(run->exit_status),
          to_text(run->wall),
          std::to_string(run->all_jobs()),
          to_text(run->peak) + limit,
          to_text(run->held_time + run->frozen_time),
          printable(shell_words(run->command), kLongestCommand)};
}

}  // namespace

TerminalText list_text(const std::vector<std::string>& files) {
  if (files.empty()) return terminal_text("No runs yet: the first memguard run -- COMMAND begins.\n");
  std::vector<Row> rows{{"run", "ended", "status", "time", "jobs", "peak", "waited", "command"}};
  for (std::size_t i = 0; i < files.size(); ++i) rows.push_back(row_of(files[i], i + 1));
  return in_columns(rows, 2);
}

}  // namespace memguard::cli
