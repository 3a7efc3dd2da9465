#include "supervisor/waiting_notice.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "supervisor/explain.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kBetween = std::chrono::seconds(30);

bool waits(const LiveJob& job) { return job.stopped() && !job.group && !job.record->kept; }

bool older(const LiveJob& a, const LiveJob& b) { return std::tuple(a.family(), a.id) < std::tuple(b.family(), b.id); }

}  // namespace

std::optional<std::string> WaitingNotice::look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now) {
  if (config_.quiet.value || config_.explain.value || (said_ && now - *said_ < kBetween)) return std::nullopt;
  const LiveJob* next = nullptr;
  int count = 0;
  Duration longest{};
  for (const LiveJob& job : jobs.all()) {
    if (!waits(job)) continue;
    ++count;
    longest = std::max(longest, now - job.record->stopped_at);
    if (next == nullptr || older(job, *next)) next = &job;
  }
  if (longest < kPatience) return std::nullopt;
  said_ = now;
  return fmt::format("{} for memory ({} used); {} is next, after {}",
                     count == 1 ? "1 job waits" : fmt::format("{} jobs wait", count), part_text(used, limit),
                     job_label(*next->record, config_), to_text(now - next->record->stopped_at));
}

}  // namespace memguard::supervisor
