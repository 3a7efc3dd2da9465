#include "supervisor/account/run_metrics.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/say.h"
#include "base/whole_file.h"
#include "proc/own_name.h"
#include "supervisor/keeper/keeper.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {
namespace {

// Prometheus asks every 15 s at the most often that is usual.
constexpr Duration kEvery = std::chrono::seconds(5);

void add_job(report::RunMetrics& run, const JobRecord& job, Instant now) {
  if (job.never_ran) return;
  ++run.jobs;
  run.ever_held += job.was_held ? 1 : 0;
  run.ever_frozen += job.was_frozen ? 1 : 0;
  run.held_time += job.held + (job.phase == JobPhase::held ? now - job.stopped_at : Duration{});
  run.frozen_time += job.frozen + (job.phase == JobPhase::frozen ? now - job.stopped_at : Duration{});
  run.peak = std::max(run.peak, job.peak);
  const bool killed = job.killer == report::Killer::limit || job.killer == report::Killer::outside;
  run.oom_kills += killed ? 1 : 0;
  if (run.ended) return;
  run.running += job.phase == JobPhase::running ? 1 : 0;
  run.held += job.phase == JobPhase::held || job.phase == JobPhase::waiting ? 1 : 0;
  run.frozen += job.phase == JobPhase::frozen ? 1 : 0;
}

void add_earlier(report::RunMetrics& run, const EarlierJobs& earlier) {
  run.jobs += earlier.jobs;
  run.ever_held += earlier.held;
  run.ever_frozen += earlier.frozen;
  run.held_time += earlier.held_time;
  run.frozen_time += earlier.frozen_time;
  run.peak = std::max(run.peak, earlier.peak);
}

void add_totals(report::RunMetrics& run, const SharedArea& area) {
  run.limit = area.wall;
  run.peak = area.peak;
  std::ranges::copy(area.unguarded, run.unguarded.begin());
}

std::string without_folder(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// It has the front's mask, in which whatever ends a build waits; it ends when the other end of `word` is closed.
[[noreturn]] void write_while_it_runs(SharedArea& area, const MetricsFacts& facts, int word) {
  bool over = false;
  while (!over) {
    (void)write_whole(facts.file, report::to_open_metrics(metrics_of(area, facts, std::nullopt)));
    pollfd watched{word, POLLIN, 0};
    over = ::poll(&watched, 1, milliseconds(kEvery)) > 0;
  }
  ::_exit(0);
}

// Each write of what is no file would be another text behind the last.
bool can_be_replaced(const std::string& file) {
  struct stat info {};
  const bool descriptor = file.starts_with("/dev/") || file.starts_with("/proc/");
  return !descriptor && (::stat(file.c_str(), &info) != 0 || S_ISREG(info.st_mode));
}

}  // namespace

report::RunMetrics metrics_of(SharedArea& area, const MetricsFacts& facts,
                              std::optional<report::RunMetrics::End> ended) {
  const Instant now = area.build_time();
  report::RunMetrics run;
  static_cast<report::Totals&>(run) = area.totals;
  run.name = report::run_name_of(facts.file);
  run.command = facts.command.empty() ? std::string() : without_folder(facts.command.front());
  run.folder = facts.folder;
  run.tier = facts.tier;
  run.version = MEMGUARD_VERSION;
  run.started_at = std::chrono::floor<std::chrono::seconds>(exact_date_now() - (MonotonicClock::now() - area.started));
  run.ended = ended;
  run.elapsed = now.time_since_epoch();
  add_totals(run, area);
  add_earlier(run, area.earlier);
  for (const JobRecord& job : area.jobs()) add_job(run, job, now);
  run.oom_kills = std::max<std::uint64_t>(run.oom_kills, area.oom_kills);
  const auto samples = area.timeline.samples.samples();
  if (!samples.empty()) run.used = Bytes{samples.back().used};
  return run;
}

void write_last_metrics(const config::Config& config, SharedArea& area, const MetricsFacts& facts, int exit_status) {
  const auto& [file, origin] = config.metrics;
  if (!file) return;
  const report::RunMetrics::End end{date_now(), exit_status};
  const auto written = write_whole(*file, report::to_open_metrics(metrics_of(area, facts, end)));
  if (!written) say(fmt::format("{}: {}", origin, written.error().text()));
}

Status MetricsProcess::start(SharedArea& area, const MetricsFacts& facts, const std::vector<int>& not_kept) {
  if (facts.file.empty() || !can_be_replaced(facts.file)) return {};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("write metrics while the build runs: make a pipe");
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("write metrics while the build runs: fork");
  if (pid > 0) {
    pid_ = pid;
    word_ = std::move(writes);
    return {};
  }
  writes.reset();
  proc::take_name("mg-metrics");
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)::setsid();
  for (const int fd : not_kept) {
    if (fd >= 0) ::close(fd);
  }
  let_go_of_standard_streams();
  write_while_it_runs(area, facts, reads.get());
}

void MetricsProcess::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

}  // namespace memguard::supervisor
