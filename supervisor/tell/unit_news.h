// What a supervisor tells where its run is a unit of systemd: a text for the unit's STATUS, and entries of the journal.
#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "config/config.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/tell/journal.h"
#include "supervisor/tell/waiting_notice.h"

namespace memguard::supervisor {

/// "3 jobs wait for memory (570 of 700 MiB used); link app-b is next, after 14 s", and while none waits "4 jobs run
/// (570 of 700 MiB used)". Printable.
[[nodiscard]] std::string unit_status(const LiveJobs& jobs, const config::Config& config, Bytes used, Bytes limit,
                                      Instant now);

class UnitNews {
 public:
  /// `status_fd` is ServiceManager::writer; -1 where nobody listens. With `quiet` the journal gets nothing.
  UnitNews(int status_fd, const config::Config& config);

  /// Tells of what runs and waits, when it has changed, every two seconds at most.
  void look(const LiveJobs& jobs, Bytes used, Bytes limit, Instant now);

  /// An entry of the journal where stderr is the journal, else a line on stderr.
  void tell(const WaitingNotice::Notice& notice) const;

  /// A job is started again after memory ended it: an entry of the journal, where stderr is that.
  void started_again(const JobRecord& job) const;

 private:
  int status_fd_;
  const config::Config& config_;
  Journal journal_;
  std::string told_;
  std::optional<Instant> told_at_;
};

}  // namespace memguard::supervisor
