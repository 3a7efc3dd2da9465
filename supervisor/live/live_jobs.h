// The jobs that have not ended, and who is whose.
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "supervisor/live/live_job.h"

namespace memguard::supervisor {

/// What a process is to the jobs that live.
struct Kinship {
  /// The nearest job above it, or the one it belongs to itself; null when there is none.
  LiveJob* job = nullptr;
  /// The process is itself one of that job's.
  bool same_process = false;
  /// Those below that job, or below the top, that are of no job: the process itself first, then upward.
  std::vector<proc::Identity> passed{};
};

class LiveJobs {
 public:
  /// None yet: `adopt` takes over those of a supervisor before us. The area must outlive it.
  explicit LiveJobs(SharedArea& area) : area_(area) {}

  /// Where their records are.
  [[nodiscard]] SharedArea& area() const { return area_; }

  /// Takes a new job into the table. Null when the table is full.
  LiveJob* add(const ExecFacts& facts, policy::FamilyId family, Instant now);
  /// Takes the jobs over that a supervisor before us left, those that still live, as they are. Ends the others,
  /// and gives them.
  std::vector<JobRecord*> adopt(Instant now);
  /// Ends a job's record and forgets the job.
  void remove(policy::JobId id, report::Outcome outcome, Instant now);
  /// Its exec failed: takes it out of the record of the build, whether or not its process has ended meanwhile.
  void disown(policy::JobId id, Instant now);

  /// Null when it has ended, or never was. Good until the job is removed.
  [[nodiscard]] LiveJob* find(policy::JobId id);
  /// The same, to look at.
  [[nodiscard]] const LiveJob* find(policy::JobId id) const;
  /// Walks up the parents of `pid`, at most to `top`.
  [[nodiscard]] Kinship kin_of(pid_t pid, pid_t top);
  /// A family for a job that belongs to no other: the next age.
  [[nodiscard]] policy::FamilyId new_family();
  /// A family right behind another one and all that are behind that, and older than what came later; the next age where
  /// fifteen are already there.
  [[nodiscard]] policy::FamilyId family_behind(policy::FamilyId family);
  /// Reads memory and CPU time of every job that has started; of a stopped one four times a second, for the signals
  /// that wait for it, and less often where hundreds are stopped.
  void measure(Instant now);

  /// Reads running jobs that were not looked at for a 16th of their lives or 20 ms, more where many run, and tells how
  /// soon the next is to be; nothing when samples come as soon. Compiles are not looked at sooner than after 20 ms
  /// where memory is plentiful: 500 of 20 ms had cost 3 % of a processor.
  [[nodiscard]] std::optional<Duration> look_closely(Instant now);

  /// In the order in which they came.
  [[nodiscard]] std::list<LiveJob>& all() { return jobs_; }
  /// In the order in which they came.
  [[nodiscard]] const std::list<LiveJob>& all() const { return jobs_; }

 private:
  LiveJob& insert(JobRecord& record);
  /// The job that a process is one of; null when there is none.
  LiveJob* owner_of(const proc::Identity& process);

  SharedArea& area_;
  // A list: jobs are pointed at by event sources.
  std::list<LiveJob> jobs_;
  std::unordered_map<policy::JobId, std::list<LiveJob>::iterator> by_id_;
  /// Numbers between two new ages are for families behind the first one.
  static constexpr std::uint32_t kAges = 16;
  std::uint32_t next_family_ = 0;
};

}  // namespace memguard::supervisor
