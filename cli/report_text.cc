#include "cli/report_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/printable.h"
#include "cli/shell_words.h"
#include "cli/text_table.h"
#include "report/names.h"
#include "report/prediction_errors.h"

namespace memguard::cli {
namespace {

using report::JobReport;
using report::RunReport;

constexpr std::size_t kNamed = 5;
constexpr std::size_t kLongestCommand = 300;

// "held 14 (longest 41 s, 194 s in all)"
std::string stopped(const RunReport& run) {
  std::string text = fmt::format("held {}", run.held);
  if (run.held > 0) text += fmt::format(" (longest {}, {} in all)", to_text(run.longest_held), to_text(run.held_time));
  text += fmt::format(", frozen {}", run.frozen);
  return run.frozen > 0 ? text + fmt::format(" ({} in all)", to_text(run.frozen_time)) : text;
}

// Which run it was, so that one that is not meant is seen as such.
TerminalText occasion(const RunReport& run) {
  TerminalText text;
  if (!run.command.empty()) text += terminal_text("{}\n", printable(shell_words(run.command), kLongestCommand));
  if (run.ended_at.empty()) return text;
  text += terminal_text("ended {}", printable(run.ended_at));
  if (!run.folder.empty()) text += terminal_text(" in {}", printable(run.folder, kLongestCommand));
  return text + terminal_text("\n");
}

TerminalText summary(const RunReport& run) {
  const std::string limit = run.limit.is_unlimited() ? ", no limit" : " of " + to_text(run.limit);
  auto text = terminal_text("status {}, {}, tier {}\n", run.exit_status, to_text(run.wall), printable(run.tier));
  text += terminal_text("{} {}, peak {}{}\n", run.all_jobs(), run.all_jobs() == 1 ? "job" : "jobs", to_text(run.peak),
                        limit);
  text += terminal_text("{}\n", stopped(run));
  text += terminal_text("evicted {}, OOM kills {}, restarted {}, lost {}\n", run.evicted, run.oom_kills, run.restarted,
                        run.lost);
  for (const std::string& warning : report::warnings(run)) text += terminal_text("{}\n", warning);
  if (run.reclaimed > Bytes{}) text += terminal_text("{} of frozen jobs went to swap\n", to_text(run.reclaimed));
  return text;
}

/// The first few jobs by a member, without those of which it is nothing.
template <class Member>
std::vector<JobReport> first_by(std::vector<JobReport> jobs, Member member) {
  std::erase_if(jobs, [&](const JobReport& job) { return job.*member == decltype(job.*member){}; });
  std::ranges::stable_sort(jobs, std::ranges::greater{}, member);
  jobs.resize(std::min(jobs.size(), kNamed));
  return jobs;
}

TerminalText below_a_blank_line(const std::vector<Row>& rows, std::size_t left) {
  return rows.size() > 1 ? terminal_text("\n") + in_columns(rows, left) : TerminalText();
}

TerminalText largest(const RunReport& run) {
  std::vector<Row> rows{{"class", "largest jobs", "peak", "predicted", "predicted / peak"}};
  for (const JobReport& job : first_by(run.jobs, &JobReport::peak)) {
    const bool predicted = job.predicted > Bytes{};
    rows.push_back({job.job_class, report::name_of(job), to_text(job.peak), predicted ? to_text(job.predicted) : "-",
                    predicted ? fmt::format("{:.2f}", job.predicted.real() / job.peak.real()) : "-"});
  }
  return below_a_blank_line(rows, 2);
}

TerminalText longest_held(const RunReport& run) {
  std::vector<Row> rows{{"class", "held longest", "held", "peak"}};
  for (const JobReport& job : first_by(run.jobs, &JobReport::held))
    rows.push_back({job.job_class, report::name_of(job), to_text(job.held), to_text(job.peak)});
  return below_a_blank_line(rows, 2);
}

std::string times_text(double factor) { return fmt::format("{:.{}f} times", factor, factor < 10 ? 2 : 0); }

TerminalText errors(const RunReport& run) {
  std::vector<Row> rows{{"class", "predictions", "median error", "90 % within"}};
  for (const auto& of_class : report::prediction_errors(run.jobs))
    rows.push_back({of_class.job_class, std::to_string(of_class.jobs), times_text(of_class.median),
                    times_text(of_class.percentile_90)});
  return below_a_blank_line(rows, 1);
}

// Nothing of a run without jobs.
TerminalText findings(const RunReport& run, const report::Findings& found) {
  if (run.jobs.empty()) return {};
  auto text = terminal_text("\n{}\n{}\n{}\n\nTo change\n", report::cost_sentence(run, found),
                            report::needs_sentence(found), report::path_sentence(run, found));
  int number = 0;
  for (const std::string& change : report::changes(run, found)) text += terminal_text("  {}. {}\n", ++number, change);
  return text;
}

}  // namespace

TerminalText report_text(const RunReport& run, const report::Findings& found) {
  return occasion(run) + summary(run) + findings(run, found) + largest(run) + longest_held(run) + errors(run);
}

}  // namespace memguard::cli
