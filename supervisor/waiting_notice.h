// The line that answers "is it hung?": how many jobs wait for memory, and which starts next; or which one hardly gets
// on.
#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "config/config.h"
#include "supervisor/live_jobs.h"
#include "supervisor/thrashing.h"

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

/// "link app-b has hardly got on for 15 s: alone, it needs more than 700 MiB, and its program is read from the disk again
/// and again. Give the build more with --memory." Printable.
[[nodiscard]] std::string thrashing_text(const JobRecord& job, const config::Config& config, Bytes limit,
                                         Duration since);

class WaitingNotice {
 public:
  using Thrashing = std::optional<ThrashingWatch::Thrashing>;

  /// The config must outlive it.
  explicit WaitingNotice(const config::Config& config) : config_(config) {}

  /// Who waits: when a job has been held or frozen for 10 s, and then every 30 s while any has. Who thrashes, instead,
  /// after as long. Nothing with --quiet, nor with --explain, which tells more of who waits.
  [[nodiscard]] std::optional<std::string> look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now,
                                                const Thrashing& thrashing = {});

 private:
  [[nodiscard]] std::optional<std::string> text_of(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now,
                                                   const Thrashing& thrashing) const;

  const config::Config& config_;
  std::optional<Instant> said_;
};

}  // namespace memguard::supervisor
