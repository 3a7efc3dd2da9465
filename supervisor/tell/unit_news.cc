#include "supervisor/tell/unit_news.h"

#include <sys/socket.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/say.h"
#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

// Each status is a signal to all who watch the unit on D-Bus.
constexpr Duration kBetween = std::chrono::seconds(2);

std::string count_text(std::ptrdiff_t running) {
  if (running == 0) return "no job runs";
  return running == 1 ? "1 job runs" : fmt::format("{} jobs run", running);
}

}  // namespace

std::string unit_status(const LiveJobs& jobs, const config::Config& config, Bytes used, Bytes limit, Instant now) {
  if (auto waiting = find_waiting(jobs, now)) return waiting_text(*waiting, config, used, limit, now);
  const auto runs = [](const LiveJob& job) { return !job.stopped(); };
  return fmt::format("{} ({} used)", count_text(std::ranges::count_if(jobs.all(), runs)), part_text(used, limit));
}

UnitNews::UnitNews(int status_fd, const config::Config& config)
    : status_fd_(status_fd), config_(config), journal_(config.quiet.value ? Journal() : Journal::of_stderr()) {}

void UnitNews::look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now) {
  if (status_fd_ < 0 || (told_at_ && now - *told_at_ < kBetween)) return;
  told_at_ = now;
  const std::string text = unit_status(jobs, config_, used, limit, now);
  if (text == told_) return;
  // A front that is stopped reads nothing; what it is told next counts.
  if (::send(status_fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) told_ = text;
}

void UnitNews::tell(const WaitingNotice::Notice& notice) const {
  if (!journal_.write(notice.event, notice.text)) say_at_once(notice.text);
}

void UnitNews::started_again(const JobRecord& job) const {
  const std::string_view why = job.evicted ? "it was evicted" : "it was killed for memory";
  (void)journal_.write(JournalEvent::started_again,
                       fmt::format("{} is started again: {}", job_label(job, config_), why));
}

}  // namespace memguard::supervisor
