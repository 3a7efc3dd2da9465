// Notes how the build goes while it runs: states of jobs as they change, and memory.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "policy/decision.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// The job that has what this stopped one waits for, by the cause of its stop: the oldest that is frozen, or that waits
/// before it, or the largest that runs. Null where no other family has anything, and where it waits for the user or for
/// a processor.
[[nodiscard]] const LiveJob* waits_for(const LiveJob& job, policy::Cause cause, const LiveJobs& jobs);

class TimelineRecorder {
 public:
  /// Both must outlive it.
  TimelineRecorder(TimelineRecord& record, const LiveJobs& jobs) : record_(record), jobs_(jobs) {}

  /// After a decision was carried out. It takes a look at each job that lives, and a microsecond or two.
  void stepped(const policy::Observation& seen, const policy::Decision& decision, Instant now);

 private:
  using Reasons = std::unordered_map<policy::JobId, const policy::Reason*>;
  [[nodiscard]] Reasons reasons_of(const policy::Decision& decision) const;
  void note_change(const LiveJob& job, NotedState state, const policy::Reason* why, Instant now);
  void note_later_cause(const LiveJob& job, const policy::Reason& why, Instant now);
  void note_later_causes(const policy::Decision& decision, Instant now);
  void sample(const policy::Observation& seen);

  TimelineRecord& record_;
  const LiveJobs& jobs_;
  std::vector<SampledJob> sampled_;
  /// Since when a job is held, and when its last cause was noted. A supervisor that follows another begins anew.
  struct Held {
    Instant since{};
    Instant noted{};
  };
  std::unordered_map<policy::JobId, Held> held_since_;
};

}  // namespace memguard::supervisor
