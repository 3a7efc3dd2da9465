// The line that answers "is it hung?": how many jobs wait for memory, and which starts next.
#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "config/config.h"
#include "supervisor/live_jobs.h"

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

class WaitingNotice {
 public:
  /// The config must outlive it.
  explicit WaitingNotice(const config::Config& config) : config_(config) {}

  /// Who waits: when a job has been held or frozen for 10 s, and then every 30 s while any has. Nothing with --quiet,
  /// nor with --explain, which tells more.
  [[nodiscard]] std::optional<std::string> look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now);

 private:
  const config::Config& config_;
  std::optional<Instant> said_;
};

}  // namespace memguard::supervisor
