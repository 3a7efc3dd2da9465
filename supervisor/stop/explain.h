// `--explain`: each decision with its numbers, on stderr.
#pragma once

#include <string>

#include "config/config.h"
#include "policy/decision.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/stop/reclaimer.h"
#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {

/// "rustc regex 1.10.2", "link app": what a person calls a job, as in reports. Printable.
[[nodiscard]] std::string job_label(const JobRecord& job, const config::Config& config);

class Explainer {
 public:
  /// Says nothing without --explain. The config must outlive it.
  explicit Explainer(const config::Config& config) : config_(config) {}

  /// Tells of an action about to be carried out, when the user asked for it.
  void explain(const policy::Action& action, LiveJobs& jobs, Instant now) const;

  /// Tells that memory ended a job, and whether it is started again.
  void explain_restart(const JobRecord& job, bool again, Instant now) const;

  /// Tells what a reclaim came to.
  void explain_reclaimed(const Reclaimer::Outcome& outcome, LiveJobs& jobs, Instant now) const;

  /// Tells when a job that ended by itself took less than half or more than twice of what was declared for it.
  void explain_end(const LiveJob& job, Instant now) const;

  /// Tells that a process which runs already has become a job, because of its size.
  void explain_found(const LiveJob& job, Instant now) const;

  /// Tells when a job that was to be held is not.
  void explain_hold(const LiveJob& job, HoldOutcome outcome, Instant now) const;

 private:
  [[nodiscard]] std::string job_text(policy::JobId id, LiveJobs& jobs) const;
  [[nodiscard]] std::string jobs_text(const std::vector<policy::JobId>& ids, LiveJobs& jobs) const;
  [[nodiscard]] std::string family_text(policy::FamilyId id, LiveJobs& jobs) const;
  const config::Config& config_;
};

}  // namespace memguard::supervisor
