// The line that answers "is it hung?": how many jobs wait for memory, and which starts next; or which one hardly gets
// on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/units.h"
#include "config/config.h"
#include "report/more_memory.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/memory/thrashing.h"
#include "supervisor/tell/journal.h"

namespace memguard::supervisor {

/// The jobs that wait.
struct Waiting {
  int count = 0;
  /// Some of them for memory; else all for a processor.
  bool for_memory = false;
  /// How long the longest has waited.
  Duration longest{};
  /// The oldest, which starts first.
  const LiveJob* next = nullptr;
};

/// Jobs of a group (link-jobs, test-jobs) are left out: they mostly wait for each other. So are those that the user has
/// stopped. Nothing when none waits.
[[nodiscard]] std::optional<Waiting> find_waiting(const LiveJobs& jobs, Instant now);

/// "3 jobs wait for memory (570 of 700 MiB used); link app-b is next, after 14 s". Printable.
[[nodiscard]] std::string waiting_text(const Waiting& waiting, const config::Config& config, Bytes used, Bytes limit,
                                       Instant now);

/// "link app-b has hardly got on for 15 s: it has 640 of 700 MiB, and what is left is too little for its program, which
/// is read from the disk again and again. Give the build more with `+` in memguard top." What gives it more depends on
/// who set the limit (report::how_to_get_more). Printable.
[[nodiscard]] std::string slow_text(const JobRecord& job, const config::Config& config,
                                    const ThrashingWatch::SlowJob& slow, const report::RunningLimit& limit);

class WaitingNotice {
 public:
  struct Notice {
    JournalEvent event;
    std::string text;
  };
  using SlowJob = std::optional<ThrashingWatch::SlowJob>;

  /// Gives the build's limit as it is now.
  using Limit = std::function<report::RunningLimit()>;

  /// The config must outlive it. `limit` is asked when a job hardly gets on.
  WaitingNotice(const config::Config& config, Limit limit) : config_(config), limit_(std::move(limit)) {}

  /// Who waits: when a job has been held or frozen for 10 s, and then every 30 s while any has. A job that hardly gets
  /// on is named instead. Nothing with --quiet; with --explain, which tells more of who waits, only the latter.
  [[nodiscard]] std::optional<Notice> look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now,
                                           const SlowJob& slow = {});

 private:
  [[nodiscard]] std::optional<Notice> find(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now,
                                           const SlowJob& slow) const;

  const config::Config& config_;
  Limit limit_;
  std::optional<Instant> said_;
};

}  // namespace memguard::supervisor
