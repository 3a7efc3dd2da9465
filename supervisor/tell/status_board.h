// What can be told of a run at any moment, for `memguard status`: it notes what each step of policy saw and decided,
// and reads the rest from the jobs when somebody asks.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "config/config.h"
#include "policy/decision.h"
#include "status/run_status.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/restart/restarter.h"

namespace memguard::supervisor {

class StatusBoard {
 public:
  /// Both must outlive it.
  StatusBoard(const config::Config& config, const Restarter& restarter) : config_(config), restarter_(restarter) {}

  /// To be called with each step. Cheap: a build is looked at less often than it is decided upon.
  void stepped(const policy::Observation& seen, const policy::Decision& decision, LiveJobs& jobs);

  /// The memory of the build and its jobs; who runs it is left to the caller.
  [[nodiscard]] status::RunStatus look(const LiveJobs& jobs, Instant now) const;

 private:
  struct Stalls {
    Instant at;
    policy::Pressure pressure;
  };
  void note_pressure(const policy::Observation& seen);
  [[nodiscard]] std::optional<status::RunStatus::Pressure> pressure() const;
  [[nodiscard]] status::JobStatus describe(const LiveJob& job, Instant now) const;

  const config::Config& config_;
  const Restarter& restarter_;
  Bytes limit_;
  Bytes used_;
  Bytes swap_room_;
  std::optional<policy::Tokens> tokens_;
  /// Of the last seconds, the oldest first.
  std::deque<Stalls> stalls_;
};

}  // namespace memguard::supervisor
