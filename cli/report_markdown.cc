#include "cli/report_markdown.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/printable.h"
#include "cli/shell_words.h"
#include "report/names.h"

namespace memguard::cli {
namespace {

using report::Findings;
using report::JobReport;
using report::RunReport;

constexpr std::size_t kRows = 10;
constexpr std::size_t kLongestName = 80;
constexpr std::size_t kLongestCommand = 200;
constexpr std::size_t kLongestText = 2000;

std::string escaped(const std::string& text) { return markdown_escaped(text); }

TerminalText headline(const RunReport& run) {
  return terminal_text("### memguard: {}, {}, peak {}\n\n",
                       run.exit_status == 0 ? "the build succeeded" : "the build failed", to_text(run.wall),
                       escaped(part_text(run.peak, run.limit))) +
         terminal_text("{}\n\n", escaped(printable(shell_words(run.command), kLongestCommand)));
}

TerminalText sentences(const RunReport& run, const Findings& found) {
  auto text = terminal_text("**{}**\n\n", escaped(report::cost_sentence(run, found)));
  for (const std::string& warning : report::warnings(run)) text += terminal_text("> {}\n\n", escaped(warning));
  for (const auto& sentence : {report::needs_sentence(found), report::path_sentence(run, found)})
    if (!sentence.empty()) text += terminal_text("{}\n\n", escaped(sentence));
  text += terminal_text("What to change:\n\n");
  int number = 0;
  for (const std::string& change : report::changes(run, found))
    text += terminal_text("{}. {}\n", ++number, escaped(change));
  return text;
}

TerminalText row_of(const JobReport& job) {
  const std::string expected = job.predicted > Bytes{} ? to_text(job.predicted) : "";
  return terminal_text("| {} | {} | {} | {} | {} | {} |\n", escaped(printable(report::label_of(job), kLongestName)),
                       to_text(job.peak), expected, to_text(job.held), to_text(job.frozen), job.restarts);
}

TerminalText table(const RunReport& run) {
  std::vector<const JobReport*> jobs;
  for (const JobReport& job : run.jobs) jobs.push_back(&job);
  std::ranges::stable_sort(jobs, std::ranges::greater{}, &JobReport::peak);
  auto text = terminal_text("\n| job | peak | expected | held | frozen | started again |\n|:--|--:|--:|--:|--:|--:|\n");
  for (std::size_t i = 0; i < std::min(jobs.size(), kRows); ++i) text += row_of(*jobs[i]);
  if (run.all_jobs() > kRows) text += terminal_text("\nThe largest {} of {} jobs.\n", kRows, run.all_jobs());
  return text;
}

}  // namespace

std::string markdown_escaped(std::string_view text) {
  // All ASCII punctuation may be escaped (CommonMark 2.4); those here begin something somewhere in GitHub's dialect.
  constexpr std::string_view kSpecial = "\\`*_{}[]<>#|~!&$";
  const std::string shown = printable(text, kLongestText);
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (kSpecial.find(shown[i]) != std::string_view::npos) out += '\\';
    out += shown[i];
    // "@name" tells somebody, ":word:" is a picture, "http:" begins a link: a character of no width parts them.
    const bool goes_on = i + 1 < shown.size() && shown[i + 1] != ' ';
    if (goes_on && (shown[i] == '@' || shown[i] == ':')) out += "\u200b";
  }
  return out;
}

TerminalText report_markdown(const RunReport& run, const Findings& found) {
  auto text = headline(run) + sentences(run, found);
  return run.jobs.empty() ? text : text + table(run);
}

}  // namespace memguard::cli
