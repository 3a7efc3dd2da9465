// What memory did to each family so far, and what follows from it: read from the table of jobs, so that a supervisor
// that takes over knows the same.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "policy/observation.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

class Families {
 public:
  /// Learns what a supervisor before us has written.
  explicit Families(SharedArea& area);

  /// The family whose shim this is; nothing for a shim that has not started a job yet.
  [[nodiscard]] std::optional<policy::FamilyId> of_shim(const proc::Identity& shim) const;
  /// A job of this family has arrived, below `shim` (pid 0: below none).
  void joined(JobRecord& job, const proc::Identity& shim);
  /// The job has ended. Nobody will ask about one that no shim can start again: a family of thousands (a test runner's)
  /// holds only those that live.
  void ended(JobRecord& job);
  /// The record of this job is about to be used for another. Null does nothing.
  void forget(JobRecord* job);

  /// The family is about to be killed by us: its living jobs are marked before anything happens to them. One that only
  /// waited (`has_begun` false) was not started in vain.
  void evicted(policy::FamilyId family, const std::list<LiveJob>& jobs, bool has_begun);
  /// A job of the family was killed by the kernel for memory.
  void killed(const JobRecord& job, bool alone);
  /// True when this start of the family was ended by memory: evicted, or a job of it was killed.
  [[nodiscard]] bool ended_by_memory(policy::FamilyId family) const;
  /// The jobs of this start, in order of arrival: the first is the compiler.
  [[nodiscard]] std::vector<JobRecord*> members(policy::FamilyId family) const;
  /// Whether to start it again: what we evicted always; what the kernel killed, unless it was alone for at least its
  /// second kill, when it will not fit the next time either, or was killed five times already.
  [[nodiscard]] bool worth_restarting(policy::FamilyId family) const;
  /// It is started again: what comes now is its next start.
  void restarted(policy::FamilyId family);

  /// What policy is to know of it.
  void describe(policy::JobSeen& job) const;

 private:
  struct History {
    int starts = 0;
    int evictions = 0;
    int oom_kills = 0;
    /// It has, or had, a shim.
    bool has_shim = false;
    // Of the present start.
    bool evicted = false;
    bool killed = false;
    bool alone = false;
    std::vector<JobRecord*> members;
    std::map<std::uint16_t, Bytes> evicted_at;
    std::map<std::uint16_t, Bytes> killed_at;
  };

  static void next_start(History& family);
  void read(JobRecord& job);
  void note_shim(const JobRecord& job, History& family);

  std::map<std::uint32_t, History> families_;
  std::map<std::pair<pid_t, std::uint64_t>, std::uint32_t> shims_;
};

}  // namespace memguard::supervisor
