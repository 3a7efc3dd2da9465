#include "cli/run_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "base/printable.h"
#include "cli/columns.h"

namespace memguard::cli {
namespace {

using status::JobState;
using status::JobStatus;
using status::RunStatus;

// State, since, memory and what is expected, with blanks after each.
constexpr int kState = 10;
constexpr int kSince = 7;
constexpr int kSize = 8;
constexpr int kFixed = kState + kSince + 2 * kSize + 8;
// The name and the reason share the rest where there is so much of it.
constexpr int kLeastForReason = 36;
constexpr int kLeastBar = 8;
// No terminal is wider.
constexpr std::size_t kLongestText = 4000;

Style style_of(JobState state) {
  switch (state) {
    case JobState::running:
      return Style::running;
    case JobState::held:
    case JobState::restarting:
      return Style::dim;
    default:
      return Style::stopped;
  }
}

int rank_of(JobState state) {
  constexpr std::array kOrder{JobState::running, JobState::evicting, JobState::frozen, JobState::restarting,
                              JobState::held};
  return static_cast<int>(std::ranges::find(kOrder, state) - kOrder.begin());
}

std::string name_columns(const Look& look, bool with_reason, std::string_view name, std::string_view reason) {
  const int rest = std::max(look.width - kFixed, 1);
  if (!with_reason || rest < kLeastForReason) return cut(name, rest);
  const int for_name = rest * 2 / 5;
  return left(name, for_name) + "  " + cut(reason, rest - for_name - 2);
}

std::string row(const Look& look, const std::array<std::string, 4>& fixed, std::string_view rest) {
  return fmt::format("{}  {}  {}  {}  {}", left(fixed[0], kState), right(fixed[1], kSince), right(fixed[2], kSize),
                     right(fixed[3], kSize), rest)
      .substr(0, static_cast<std::size_t>(look.width) * 4);
}

int count(const RunStatus& run, JobState state) {
  return static_cast<int>(std::ranges::count(run.jobs, state, &JobStatus::state));
}

std::vector<std::string> states_of(const RunStatus& run) {
  constexpr std::array kTold{JobState::running, JobState::held, JobState::frozen, JobState::evicting,
                             JobState::restarting};
  std::vector<std::string> parts;
  if (run.ending) parts.emplace_back("the build is ending");
  if (run.paused) parts.emplace_back("the build is stopped by Ctrl-Z");
  std::string jobs;
  for (const JobState state : kTold) {
    const int number = count(run, state) + (state == JobState::running ? static_cast<int>(run.jobs_left_out) : 0);
    if (number > 0 || state == JobState::running || state == JobState::held)
      jobs += fmt::format("{}{} {}", jobs.empty() ? "" : ", ", number, status::to_text(state));
  }
  parts.push_back(jobs);
  if (run.jobs_left_out > 0) parts.push_back(fmt::format("{} that run are not listed", run.jobs_left_out));
  return parts;
}

std::vector<std::string> memory_of(const RunStatus& run) {
  std::vector<std::string> parts;
  if (run.limit_now < run.limit)
    parts.push_back(fmt::format("the limit is {}, of which others on the machine have some now", to_text(run.limit)));
  if (run.pressure)
    parts.push_back(
        fmt::format("pressure {:.0f} % some, {:.0f} % all", 100 * run.pressure->some, 100 * run.pressure->full));
  if (run.tokens) parts.push_back(fmt::format("{} tokens free", run.tokens->free));
  if (run.swap) parts.push_back(fmt::format("swap {} used, {} left", to_text(run.swap->used), to_text(run.swap->room)));
  return parts;
}

std::string bar(double share, int columns, const Look& look) {
  const int full = std::clamp(static_cast<int>(std::lround(share * columns)), 0, columns);
  std::string text;
  for (int i = 0; i < columns; ++i) text += look.utf8 ? (i < full ? "█" : "░") : (i < full ? "#" : "-");
  return text;
}

std::string left_text(const RunStatus& run) {
  const std::string used = part_text(run.used, run.limit_now) + " used";
  if (run.limit_now.is_unlimited()) return used + ", no limit";
  const Bytes left = run.headroom();
  return left < Bytes{} ? fmt::format("{}, {} too much", used, to_text(Bytes{} - left))
                        : fmt::format("{}, {} left", used, to_text(left));
}

}  // namespace

std::string shown(std::string_view text, const Look& look) {
  const std::string fit = printable(text, kLongestText);
  return look.utf8 ? fit : ascii(fit);
}

Span span(std::string_view text, const Look& look, Style style) {
  return {terminal_text("{}", shown(text, look)), style};
}

TerminalText text_of(const StyledLine& line) {
  std::string all;
  for (const Span& piece : line) all += piece.text.text();
  all.erase(all.find_last_not_of(' ') + 1);
  return terminal_text("{}", all);
}

StyledLine title_line(const RunStatus& run, const Look& look) {
  const std::string facts =
      cut(fmt::format("pid {}, tier {}, since {}", run.pid, shown(run.tier, look), to_text(run.age)), look.width - 2);
  const int rest = look.width - columns_of(facts) - 2;
  return {span(left(shown(run.command, look), rest), look, Style::strong), span("  " + facts, look)};
}

StyledLine folder_line(const RunStatus& run, const Look& look) {
  return {span("in " + cut_front(shown(run.folder, look), look.width - 3), look, Style::dim)};
}

StyledLine memory_line(const RunStatus& run, const Look& look) {
  const std::string text = left_text(run);
  const bool over = run.headroom() < Bytes{};
  const Style style = over ? Style::warning : Style::plain;
  const int room = look.width - columns_of(text) - 9;
  if (run.limit_now.is_unlimited() || run.limit_now <= Bytes{} || room < kLeastBar)
    return {span(cut("memory " + text, look.width), look, style)};
  const double share = run.used.real() / run.limit_now.real();
  return {span("memory ", look), span(bar(share, room, look), look, over ? Style::warning : Style::running),
          span("  " + text, look, style)};
}

std::vector<StyledLine> state_lines(const RunStatus& run, const Look& look) {
  std::vector<std::string> parts = states_of(run);
  for (std::string& part : memory_of(run)) parts.push_back(std::move(part));
  std::vector<StyledLine> lines;
  std::string line;
  for (const std::string& part : parts) {
    if (!line.empty() && columns_of(line) + 2 + columns_of(part) > look.width) {
      lines.push_back({span(cut(line, look.width), look)});
      line.clear();
    }
    line += (line.empty() ? "" : "; ") + part;
  }
  lines.push_back({span(cut(line, look.width), look)});
  return lines;
}

StyledLine jobs_head(const Look& look, bool with_reason) {
  const std::string text =
      row(look, {"STATE", "SINCE", "MEMORY", "EXPECTED"}, name_columns(look, with_reason, "JOB", "WHY IT WAITS"));
  return {span(left(text, look.width), look, Style::strong)};
}

std::string reason_of(const JobStatus& job, const RunStatus& run) {
  if (job.why.empty() || !job.waits_for) return job.why;
  const auto other = std::ranges::find(run.jobs, *job.waits_for, &JobStatus::id);
  return other == run.jobs.end() ? job.why : fmt::format("{}; waits for {}", job.why, other->name);
}

StyledLine job_line(const JobStatus& job, const RunStatus& run, const Look& look, bool with_reason) {
  const std::string text =
      row(look,
          {std::string(status::word(job.state)), to_text(job.in_state), to_text(job.memory),
           job.expected ? to_text(*job.expected) : "?"},
          name_columns(look, with_reason, shown(job.name, look), shown(reason_of(job, run), look)));
  return {span(left(text, look.width), look, style_of(job.state))};
}

std::string_view word(SortBy sort) {
  switch (sort) {
    case SortBy::state:
      return "state";
    case SortBy::memory:
      return "memory";
    case SortBy::age:
      return "age";
    case SortBy::name:
      return "name";
  }
  return "state";
}

std::vector<const JobStatus*> sorted(const RunStatus& run, SortBy sort) {
  std::vector<const JobStatus*> jobs;
  jobs.reserve(run.jobs.size());
  for (const JobStatus& job : run.jobs) jobs.push_back(&job);
  const auto largest_first = [](const JobStatus& job) { return -job.memory.count; };
  std::ranges::sort(jobs, [&](const JobStatus* a, const JobStatus* b) {
    switch (sort) {
      case SortBy::memory:
        return std::tuple(largest_first(*a), a->id) < std::tuple(largest_first(*b), b->id);
      case SortBy::age:
        return a->id < b->id;
      case SortBy::name:
        return std::tie(a->name, a->id) < std::tie(b->name, b->id);
      default:
        return std::tuple(rank_of(a->state), a->state == JobState::running ? largest_first(*a) : 0, a->id) <
               std::tuple(rank_of(b->state), b->state == JobState::running ? largest_first(*b) : 0, b->id);
    }
  });
  return jobs;
}

TerminalText run_text(const RunStatus& run, const Look& look) {
  std::vector<StyledLine> lines{title_line(run, look), folder_line(run, look), memory_line(run, look)};
  for (StyledLine& line : state_lines(run, look)) lines.push_back(std::move(line));
  const bool in_row = look.width - kFixed >= 2 * kLeastForReason;
  if (!run.jobs.empty()) lines.push_back(jobs_head(look, in_row));
  for (const JobStatus* job : sorted(run, SortBy::state)) {
    lines.push_back(job_line(*job, run, look, in_row));
    if (!in_row && !job->why.empty())
      lines.push_back({span("  " + cut(shown(reason_of(*job, run), look), look.width - 2), look)});
  }
  TerminalText text;
  for (const StyledLine& line : lines) text += terminal_text("{}\n", text_of(line));
  return text;
}

}  // namespace memguard::cli
