#include "supervisor/desk.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/say.h"
#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

using status::Request;

constexpr Duration kFresh = std::chrono::milliseconds(100);
// Of a command line or a path; the screen that shows it is narrower.
constexpr std::size_t kLongestText = 1024;

std::string words_of(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    if (text.size() > kLongestText) break;
    text += (text.empty() ? "" : " ") + word.substr(0, kLongestText);
  }
  return printable(text, kLongestText);
}

std::string current_folder() {
  std::error_code error;
  return printable(std::filesystem::current_path(error).native(), kLongestText);
}

}  // namespace

Desk::Desk(Parts parts)
    : parts_(std::move(parts)),
      board_(parts_.run.config, parts_.restarter),
      limit_(parts_.run.area, parts_.run.home, parts_.limit_worker),
      server_(parts_.loop, parts_.run.status_listener, [this](std::string_view line) { return answer(line); }),
      command_(words_of(parts_.run.command)),
      folder_(current_folder()) {}

void Desk::watch() {
  if (auto watching = server_.watch(); !watching && !parts_.run.config.quiet.value)
    say_at_once(Error(watching.error()).in("memguard status shows nothing of this run").text());
}

void Desk::stepped(const policy::Observation& seen, const policy::Decision& decision) {
  board_.stepped(seen, decision, parts_.jobs);
  limit_.look(seen.used);
  denied_ = decision.denied;
}

std::string Desk::answer(std::string_view line) {
  const auto request = status::parse_request(line);
  if (!request) return status::refusal_line(request.error().text());
  if (request->kind == Request::Kind::status) return look();
  const auto done = carry_out(*request);
  shown_.clear();
  return done ? status::to_line(*done) : status::refusal_line(done.error().text());
}

std::string Desk::look() {
  const Moment now = MonotonicClock::now();
  if (!shown_.empty() && now - shown_at_ < kFresh) return shown_;
  SharedArea& area = parts_.run.area;
  status::RunStatus run = board_.look(parts_.jobs, area.build_time());
  run.pid = parts_.run.front;
  run.command = command_;
  run.folder = folder_;
  run.tier = to_text(parts_.run.home.tier);
  run.age = area.build_time() - Instant{};
  run.paused = parts_.pause.lasts();
  run.ending = area.ending;
  run.limit = limit_.limit();
  shown_ = status::to_line(run);
  shown_at_ = now;
  return shown_;
}

Result<status::Done> Desk::carry_out(const Request& request) {
  if (parts_.run.area.ending || parts_.run.area.finished) return fail("the build is ending");
  if (parts_.pause.lasts()) return fail("the build is stopped by Ctrl-Z: let it go on first");
  if (request.kind == Request::Kind::limit) return move_limit(request.limit);
  const auto job = job_of(request);
  if (!job) return pass(job.error());
  switch (request.kind) {
    case Request::Kind::let_go:
      return let_go(**job);
    case Request::Kind::freeze:
      return freeze(**job);
    default:
      return evict(**job);
  }
}

Result<status::Done> Desk::move_limit(Bytes wanted) {
  const Bytes before = limit_.limit();
  if (auto moved = limit_.move(wanted); !moved) return pass(std::move(moved.error()));
  parts_.decide();
  const std::string what = fmt::format("the limit is {} now, it was {}", to_text(wanted), to_text(before));
  if (parts_.run.config.explain.value)
    say_at_once(fmt::format("{:.2f} s: {}: you asked for it", seconds(parts_.run.area.build_time()), what));
  return status::Done{what};
}

Result<LiveJob*> Desk::job_of(const Request& request) {
  LiveJob* job = parts_.jobs.find(policy::JobId{request.job});
  if (job == nullptr) return fail(fmt::format("there is no job {}: it may have ended", request.job));
  if (job->exempt)
    return fail(fmt::format("{} is left alone: it cannot be stopped, or a signal waits for it", label(*job)));
  if (job->record->being_killed) return fail(fmt::format("{} is being evicted", label(*job)));
  return job;
}

// Of its whole family: what was to be stopped of it would stop the rest.
Result<status::Done> Desk::let_go(LiveJob& job) {
  if (job.record->phase == JobPhase::running) return fail(fmt::format("{} runs already", label(job)));
  for (LiveJob& member : parts_.jobs.all()) {
    if (member.family() == job.family()) member.record->kept = false;
  }
  const std::string name = label(job);
  if (auto granted = wish(job, policy::Wish::go); !granted) return pass(std::move(granted.error()));
  return status::Done{name + " was let go"};
}

Result<status::Done> Desk::freeze(LiveJob& job) {
  const policy::JobId id = job.id;
  const bool had = job.record->kept;
  const bool runs = job.record->phase == JobPhase::running;
  job.record->kept = true;
  const std::string name = label(job);
  if (auto granted = wish(job, policy::Wish::none); !granted) {
    if (LiveJob* still = parts_.jobs.find(id)) still->record->kept = had;
    return pass(std::move(granted.error()));
  }
  return status::Done{name + (runs ? " was frozen" : " stays stopped") + " until it is let go"};
}

Result<status::Done> Desk::evict(LiveJob& job) {
  const std::string name = label(job);
  if (job.record->phase != JobPhase::running && job.record->phase != JobPhase::frozen)
    return fail(fmt::format("{} has no memory yet", name));
  if (auto granted = wish(job, policy::Wish::evict); !granted) return pass(std::move(granted.error()));
  return status::Done{name + " is evicted, and will be started again"};
}

Status Desk::wish(LiveJob& job, policy::Wish wish) {
  const policy::JobId id = job.id;
  const std::string name = label(job);
  job.wish = wish;
  parts_.decide();
  if (LiveJob* still = parts_.jobs.find(id)) still->wish = policy::Wish::none;
  const auto denied = std::ranges::find(denied_, id, &policy::Refused::job);
  if (denied == denied_.end()) return {};
  return fail(fmt::format("not {}: {}", name, policy::to_text(denied->why)));
}

std::string Desk::label(const LiveJob& job) const { return job_label(*job.record, parts_.run.config); }

}  // namespace memguard::supervisor
