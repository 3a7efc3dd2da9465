#include "cli/top_model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "cli/columns.h"

namespace memguard::cli {
namespace {

using status::JobStatus;
using status::Request;
using status::RunStatus;
using Key = TopModel::Key;

constexpr std::array<std::string_view, 13> kHelp{"up, down, j, k     choose a job",
                                                 "page up, page down a page on",
                                                 "Tab                the next run",
                                                 "g                  let the job go: it starts, or goes on",
                                                 "f                  freeze the job until it is let go",
                                                 "e                  evict the job, after a question: its memory",
                                                 "                   is free, and it is started again",
                                                 "+ -                raise, lower the limit by a tenth",
                                                 "s                  sort by state, memory, age or name",
                                                 "space              stop following, go on",
                                                 "h ?                this help",
                                                 "q Ctrl-C           leave",
                                                 "The oldest job always runs: it is not stopped."};
constexpr std::string_view kKeys = "g go  f freeze  e evict  +- limit  s sort  space stop  h help  q leave";
constexpr std::string_view kFewKeys = "g go  f freeze  e evict  + -  s  h help  q leave";
// Below it the folder and the second line of figures are left out.
constexpr int kLowHeight = 16;
constexpr double kStep = 0.1;
constexpr std::int64_t kMebi = std::int64_t{1} << 20U;

SortBy next(SortBy sort) {
  return sort == SortBy::name ? SortBy::state : static_cast<SortBy>(static_cast<int>(sort) + 1);
}

StyledLine chosen(StyledLine line) {
  for (Span& piece : line) piece.style = Style::chosen;
  return line;
}

}  // namespace

void TopModel::show(std::vector<RunStatus> runs) {
  runs_ = std::move(runs);
  if (run() == nullptr) pid_ = runs_.empty() ? std::nullopt : std::optional(runs_.front().pid);
  if (job() == nullptr) asks_ = false;
}

void TopModel::say(std::string_view message) { message_ = message; }

const RunStatus* TopModel::run() const {
  const auto found = std::ranges::find_if(runs_, [this](const RunStatus& run) { return pid_ == run.pid; });
  return found == runs_.end() ? nullptr : &*found;
}

const JobStatus* TopModel::job() const {
  const RunStatus* of = run();
  if (of == nullptr || !job_) return nullptr;
  const auto found = std::ranges::find(of->jobs, *job_, &JobStatus::id);
  return found == of->jobs.end() ? nullptr : &*found;
}

std::size_t TopModel::row() const {
  if (run() == nullptr || !job_) return 0;
  const auto jobs = sorted(*run(), sort_);
  const auto found = std::ranges::find(jobs, *job_, [](const JobStatus* one) { return one->id; });
  return found == jobs.end() ? 0 : static_cast<std::size_t>(found - jobs.begin());
}

void TopModel::choose(std::ptrdiff_t row) {
  if (run() == nullptr || run()->jobs.empty()) return;
  const auto jobs = sorted(*run(), sort_);
  const auto last = static_cast<std::ptrdiff_t>(jobs.size()) - 1;
  job_ = jobs[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(row, 0, last))]->id;
}

void TopModel::choose_next_run() {
  const auto found = std::ranges::find_if(runs_, [this](const RunStatus& run) { return pid_ == run.pid; });
  if (found == runs_.end()) return;
  const auto next = std::next(found) == runs_.end() ? runs_.begin() : std::next(found);
  pid_ = next->pid;
  job_.reset();
  top_ = 0;
}

TopModel::Wanted TopModel::ask(Request::Kind kind) {
  if (job() == nullptr) return message_ = "choose a job first, with the arrow keys", Wanted{};
  return {.leave = false, .request = std::pair(*pid_, Request{kind, *job_, {}})};
}

TopModel::Wanted TopModel::move_limit(double factor) {
  if (run() == nullptr) return {};
  if (run()->limit.is_unlimited()) return message_ = "this run has no limit", Wanted{};
  const std::int64_t mebi = std::lround((factor * run()->limit).real() / static_cast<double>(kMebi));
  return {.leave = false, .request = std::pair(*pid_, Request{Request::Kind::limit, 0, Bytes{mebi * kMebi}})};
}

TopModel::Wanted TopModel::press(Key key) {
  message_.clear();
  const bool evicts = std::exchange(asks_, false);
  if (evicts && key == Key::yes) return ask(Request::Kind::evict);
  if (help_ && key != Key::leave) return help_ = false, Wanted{};
  const auto at = static_cast<std::ptrdiff_t>(row());
  const auto page = static_cast<std::ptrdiff_t>(page_);
  switch (key) {
    case Key::up:
      return choose(job_ ? at - 1 : at), Wanted{};
    case Key::down:
      return choose(job_ ? at + 1 : at), Wanted{};
    case Key::page_up:
      return choose(at - page), Wanted{};
    case Key::page_down:
      return choose(at + page), Wanted{};
    case Key::first:
      return choose(0), Wanted{};
    case Key::last:
      return choose(PTRDIFF_MAX), Wanted{};
    case Key::next_run:
      return choose_next_run(), Wanted{};
    case Key::go:
      return ask(Request::Kind::let_go);
    case Key::freeze:
      return ask(Request::Kind::freeze);
    case Key::evict:
      asks_ = job() != nullptr;
      return asks_ ? Wanted{} : ask(Request::Kind::evict);
    case Key::raise:
      return move_limit(1 + kStep);
    case Key::lower:
      return move_limit(1 - kStep);
    case Key::sort:
      return sort_ = next(sort_), Wanted{};
    case Key::pause:
      return paused_ = !paused_, Wanted{};
    case Key::help:
      return help_ = true, Wanted{};
    case Key::leave:
      return {.leave = true, .request = {}};
    case Key::yes:
    case Key::other:
      return {};
  }
  return {};
}

std::vector<StyledLine> TopModel::head(const Look& look, int height) const {
  const RunStatus& of = *run();
  const auto place = static_cast<int>(&of - runs_.data()) + 1;
  const std::string title = fmt::format("memguard top: run {} of {}, by {}{}", place, runs_.size(), word(sort_),
                                        paused_ ? ", stands still" : "");
  std::vector<StyledLine> lines{{span(cut(title, look.width), look, paused_ ? Style::warning : Style::dim)},
                                title_line(of, look)};
  const bool low = height < kLowHeight;
  if (!low) lines.push_back(folder_line(of, look));
  lines.push_back(memory_line(of, look));
  std::vector<StyledLine> state = state_lines(of, look);
  if (low) state.resize(1);
  lines.insert(lines.end(), state.begin(), state.end());
  lines.push_back(jobs_head(look, true));
  return lines;
}

std::vector<StyledLine> TopModel::rows(const Look& look, int height) {
  const auto jobs = sorted(*run(), sort_);
  page_ = static_cast<std::size_t>(std::max(height, 1));
  const std::size_t at = row();
  if (job_ && at < top_) top_ = at;
  if (job_ && at >= top_ + page_) top_ = at + 1 - page_;
  top_ = std::min(top_, jobs.size() > page_ ? jobs.size() - page_ : 0);
  std::vector<StyledLine> lines;
  for (std::size_t i = top_; i < jobs.size() && lines.size() < page_; ++i) {
    StyledLine line = job_line(*jobs[i], *run(), look, true);
    lines.push_back(job_ == jobs[i]->id ? chosen(std::move(line)) : std::move(line));
  }
  return lines;
}

const JobStatus* TopModel::first_waiting() const {
  const auto jobs = sorted(*run(), sort_);
  const auto found = std::ranges::find_if(jobs, [](const JobStatus* one) { return !one->why.empty(); });
  return found == jobs.end() ? nullptr : *found;
}

// What the chosen row has no room for, or the first that waits.
StyledLine TopModel::detail(const Look& look) const {
  if (run() == nullptr) return {};
  const JobStatus* one = job() != nullptr ? job() : first_waiting();
  if (one == nullptr) return {};
  const std::string why = reason_of(*one, *run());
  std::string text = shown(why.empty() ? one->name : fmt::format("{}: {}", one->name, why), look);
  const std::string facts =
      fmt::format("  pid {}, there for {}{}", one->pid, to_text(one->age),
                  one->restarts > 0 ? fmt::format(", started again {} times", one->restarts) : "");
  if (columns_of(text) + columns_of(facts) <= look.width) text += facts;
  return {span(cut(text, look.width), look)};
}

StyledLine TopModel::footer(const Look& look) const {
  if (asks_) {
    constexpr std::string_view kAnswers = "? y: yes, other keys: no";
    const std::string name = cut(shown(job()->name, look), look.width - columns_of(kAnswers) - 6);
    return {span(cut(fmt::format("evict {}{}", name, kAnswers), look.width), look, Style::warning)};
  }
  if (!message_.empty()) return {span(cut(shown(message_, look), look.width), look, Style::warning)};
  const bool all = columns_of(kKeys) <= look.width;
  return {span(cut(all ? kKeys : kFewKeys, look.width), look, Style::dim)};
}

std::vector<StyledLine> TopModel::screen(const Look& look, int height) {
  std::vector<StyledLine> lines;
  const auto room = static_cast<std::size_t>(std::max(height, 1));
  if (help_) {
    for (const std::string_view line : kHelp) lines.push_back({span(cut(line, look.width), look)});
  } else if (run() == nullptr) {
    lines.push_back({span(cut("memguard top: no build of yours runs under memguard", look.width), look)});
  } else {
    lines = head(look, height);
    constexpr int kBelow = 2;
    const int left = height - static_cast<int>(lines.size()) - kBelow;
    if (left > 0) {
      auto table = rows(look, left);
      lines.insert(lines.end(), std::make_move_iterator(table.begin()), std::make_move_iterator(table.end()));
    }
  }
  const std::size_t above = room > 2 && !help_ && run() != nullptr ? room - 2 : room - 1;
  lines.resize(std::max<std::size_t>(above, 0));
  if (lines.size() + 2 == room) lines.push_back(detail(look));
  lines.push_back(footer(look));
  return lines;
}

}  // namespace memguard::cli
