// The jobs that have not ended: their records, their processes, and what was last read of them.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.h"
#include "policy/decision.h"
#include "policy/observation.h"
#include "proc/process.h"
#include "supervisor/event_loop.h"
#include "supervisor/high_water.h"
#include "supervisor/shared_area.h"

namespace memguard::supervisor {

struct LiveJob {
  policy::JobId id{};
  JobRecord* record = nullptr;
  /// The job's own process first; then the real tools that a wrapper of the same name forked.
  std::vector<proc::Identity> processes;
  /// Where its exec waits for an answer; null once answered.
  GateSlot* slot = nullptr;
  /// Stack start before the exec: until it changes, what /proc shows is the parent's image, not the job.
  std::uint64_t old_stack = 0;
  bool started = false;
  /// What its process had used when it was first looked at after its exec was let go, and that was not done.
  struct ExecSeen {
    Instant at{};
    Duration cpu{};
  };
  std::optional<ExecSeen> exec_seen;
  /// The worker is about to hold it, or has not told yet what became of that: its exec may wait for its answer still.
  bool being_held = false;
  /// Out of policy's hands: it has left our tree, or was let go because a signal waits for it.
  bool exempt = false;
  /// What the user asks for it in the next step; JobRecord::kept is the wish that stays.
  policy::Wish wish = policy::Wish::none;
  /// Why it is held or frozen, when it is.
  policy::Cause why{};
  /// Of a worker that was forked and has executed nothing: memory that is its parent's.
  Bytes shared;
  /// Unreclaimable memory when last read.
  Bytes memory;
  /// Of that, shared memory and files in tmpfs that it maps.
  Bytes mapped_shmem;
  /// Besides that, what no process maps and this job is taken to have (unmapped.h).
  Bytes unmapped;
  /// What it had in swap then.
  Bytes swapped;
  HighWater high_water;
  /// At least one reading of memory was made.
  bool measured = false;
  /// Set when a signal that ends it is pending, which a stopped process would never see.
  bool signal_pending = false;
  /// Process state when last read in full ('T': stopped by a signal).
  char state = 'R';

  /// What it is expected to need, and the link that it will start.
  std::optional<policy::Prediction> predicted;
  std::optional<policy::Prediction> link_predicted;
  /// How it went when it ran before.
  std::optional<Course> course;
  /// Of which only so many may have memory at once.
  std::optional<policy::Group> group;

  /// When all that is told of it was last read, and what it had then, for readings that only find out whether it still
  /// has as much (job_reading.h).
  struct InFull {
    Instant at{};
    Bytes memory;
    proc::ResidentFile file;
    proc::CpuClock cpu;
    std::optional<proc::Resident> resident;
  } in_full;

  UniqueFd pidfd;
  std::unique_ptr<EventLoop::Source> end_watch;

  [[nodiscard]] policy::FamilyId family() const { return policy::FamilyId{record->family}; }
  /// The job that started it; nothing when no job did.
  [[nodiscard]] std::optional<policy::JobId> above() const;
  [[nodiscard]] bool stopped() const { return record->phase == JobPhase::held || record->phase == JobPhase::frozen; }
};

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

  [[nodiscard]] LiveJob* find(policy::JobId id);
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
  /// soon the next is to be; nothing when samples come as soon.
  [[nodiscard]] std::optional<Duration> look_closely(Instant now);

  [[nodiscard]] std::list<LiveJob>& all() { return jobs_; }
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

/// Counts the time of a stop that ends now into the job's record; where there was none, it runs from now on.
void count_stop(JobRecord& record, Instant now);

}  // namespace memguard::supervisor
