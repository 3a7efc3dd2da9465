#include "cli/report_compare.h"

#include <fmt/format.h>

#include "cli/shell_words.h"
#include "cli/text_table.h"
#include "report/compare.h"
#include "report/lanes.h"

namespace memguard::cli {
namespace {

using report::RunReport;
using report::UnitChange;
using report::UnitTook;

constexpr std::size_t kShown = 20;
constexpr std::size_t kLongestCommand = 60;

std::string signed_text(Duration change) {
  return (change < Duration{} ? "-" : "+") + to_text(std::chrono::abs(change));
}
std::string signed_text(Bytes change) {
  return change < Bytes{} ? "-" + to_text(Bytes{} - change) : "+" + to_text(change);
}
std::string signed_text(int change) { return fmt::format("{:+}", change); }
std::string text_of(Duration time) { return to_text(time); }
std::string text_of(Bytes size) { return to_text(size); }
std::string text_of(int count) { return std::to_string(count); }

template <class Value>
Row row(const std::string& what, Value before, Value after) {
  return {what, text_of(before), text_of(after), before == after ? "=" : signed_text(after - before)};
}

std::vector<Row> rows_of(const RunReport& before, const RunReport& after) {
  std::vector<Row> rows{{"", "A", "B", "change"}};
  rows.push_back(row("time", before.wall, after.wall));
  rows.push_back(row("peak", before.peak, after.peak));
  if (before.limit.is_unlimited() || after.limit.is_unlimited())
    rows.push_back({"limit", to_text(before.limit), to_text(after.limit), before.limit == after.limit ? "=" : ""});
  else
    rows.push_back(row("limit", before.limit, after.limit));
  rows.push_back(row("some job waited for memory", report::time_limited(report::lanes_of(before)),
                     report::time_limited(report::lanes_of(after))));
  rows.push_back(
      row("waited, all jobs together", before.held_time + before.frozen_time, after.held_time + after.frozen_time));
  rows.push_back(row("jobs", static_cast<int>(before.all_jobs()), static_cast<int>(after.all_jobs())));
  rows.push_back(row("evicted", before.evicted, after.evicted));
  rows.push_back(row("lost", before.lost, after.lost));
  return rows;
}

std::string time_of(const UnitTook& took) { return took.jobs == 0 ? "-" : to_text(took.ran + took.waited); }
std::string peak_of(const UnitTook& took) { return took.jobs == 0 ? "-" : to_text(took.peak); }

Row row_of(const UnitChange& change) {
  return {change.unit,
          time_of(change.before),
          time_of(change.after),
          signed_text(change.longer()),
          signed_text(change.after.waited - change.before.waited),
          peak_of(change.before),
          peak_of(change.after)};
}

TerminalText units_text(const std::vector<UnitChange>& changes) {
  if (changes.empty()) return terminal_text("\nNo job changed by a tenth of a second or a twentieth of its memory.\n");
  std::vector<Row> rows{{"job", "time A", "time B", "change", "of that waiting", "peak A", "peak B"}};
  for (const UnitChange& change : changes) {
    if (rows.size() <= kShown) rows.push_back(row_of(change));
  }
  auto text = terminal_text("\n") + in_columns(rows, 1);
  if (changes.size() > kShown) text += terminal_text("and {} more jobs that changed\n", changes.size() - kShown);
  return text;
}

TerminalText occasion(const char* name, const RunReport& run) {
  return terminal_text("{}: {} {}\n", name, run.ended_at, printable(shell_words(run.command), kLongestCommand));
}

}  // namespace

TerminalText comparison_text(const RunReport& before, const RunReport& after) {
  return occasion("A", before) + occasion("B", after) + terminal_text("\n") + in_columns(rows_of(before, after), 1) +
         units_text(report::changes_between(before, after));
}

}  // namespace memguard::cli
