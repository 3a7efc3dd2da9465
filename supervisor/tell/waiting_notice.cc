#include "supervisor/tell/waiting_notice.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kBetween = std::chrono::seconds(30);

bool waits(const LiveJob& job) { return job.stopped() && !job.group && !job.record->kept; }

bool older(const LiveJob& a, const LiveJob& b) { return std::tuple(a.family(), a.id) < std::tuple(b.family(), b.id); }

}  // namespace

std::optional<Waiting> find_waiting(const LiveJobs& jobs, Instant now) {
  Waiting waiting;
  for (const LiveJob& job : jobs.all()) {
    if (!waits(job)) continue;
    ++waiting.count;
    waiting.for_memory = waiting.for_memory || job.why != policy::Cause::processors_busy;
    waiting.longest = std::max(waiting.longest, now - job.record->stopped_at);
    if (waiting.next == nullptr || older(job, *waiting.next)) waiting.next = &job;
  }
  return waiting.count == 0 ? std::nullopt : std::optional(waiting);
}

std::string waiting_text(const Waiting& waiting, const config::Config& config, Bytes used, Bytes limit, Instant now) {
  const JobRecord& next = *waiting.next->record;
  return fmt::format("{} for {} ({} used); {} is next, after {}",
                     waiting.count == 1 ? "1 job waits" : fmt::format("{} jobs wait", waiting.count),
                     waiting.for_memory ? "memory" : "a processor", part_text(used, limit), job_label(next, config),
                     to_text(now - next.stopped_at));
}

std::string slow_text(const JobRecord& job, const config::Config& config, const ThrashingWatch::SlowJob& slow,
                      const report::RunningLimit& limit) {
  return fmt::format(
      "{} has hardly got on for {}: it has {}, and what is left is too little for its program, which is read from the "
      "disk again and again. Give the build more{}.",
      job_label(job, config), to_text(slow.lasted), part_text(slow.has, slow.limit),
      report::how_to_get_more(limit, " with `+` in memguard top"));
}

std::optional<WaitingNotice::Notice> WaitingNotice::look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now,
                                                         const SlowJob& slow) {
  if (config_.quiet.value || (said_ && now - *said_ < kBetween)) return std::nullopt;
  auto notice = find(jobs, used, limit, now, slow);
  if (notice) said_ = now;
  return notice;
}

std::optional<WaitingNotice::Notice> WaitingNotice::find(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now,
                                                         const SlowJob& slow) const {
  if (const LiveJob* job = slow ? jobs.find(slow->job) : nullptr)
    return Notice{JournalEvent::thrashes, slow_text(*job->record, config_, *slow, limit_())};
  const auto waiting = config_.explain.value ? std::nullopt : find_waiting(jobs, now);
  if (!waiting || waiting->longest < kPatience) return std::nullopt;
  return Notice{JournalEvent::waits, waiting_text(*waiting, config_, used, limit, now)};
}

}  // namespace memguard::supervisor
