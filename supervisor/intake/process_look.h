// Looks at those processes of the build that belong to no job: what they have together, and which have grown so large
// that they are worth managing, whatever they are called.
//
// What a look costs grows with the number of processes, so looks are paid from a credit: a fifth of a per cent of one
// processor, or two per cent while memory grows that no job has. Looks come close together while something grows, and
// at most four times a second else.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "proc/process.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/memory/most_above.h"

namespace memguard::supervisor {

/// From which size on a process is worth managing, in a build of this limit: a 64th of it, between 16 and 64 MiB. What
/// is smaller is no larger than the noise of those that are managed.
[[nodiscard]] Bytes worth_managing(Bytes limit);

/// What a forked process still shares with its parent; nothing of one that has executed a program.
[[nodiscard]] Bytes shared_memory(pid_t pid);

class ProcessLook {
 public:
  /// Pids of the build; those of jobs may be among them.
  using Processes = std::function<std::vector<pid_t>()>;

  /// `worth`: see above. `jobs` must outlive it. `cpu_time`: what the thread that looks has used of a processor.
  ProcessLook(Bytes worth, const LiveJobs& jobs, Processes processes,
              std::function<Duration()> cpu_time = own_processor_time)
      : worth_(worth), jobs_(jobs), processes_(std::move(processes)), cpu_time_(std::move(cpu_time)) {}

  /// False: not now, whatever grows. To be asked before the overhead is found out, which may cost as much as an exec.
  [[nodiscard]] bool may_be_due(Instant now) const;
  /// Whether to look now. `overhead` is what is used besides the jobs, by the build or by the machine: its growth
  /// tells.
  [[nodiscard]] bool due(Instant now, Bytes overhead);
  /// Reads every process of the build that belongs to no job.
  void look(Instant now, Bytes overhead);

  /// A process of the last look is a job from now on.
  void becomes_job(pid_t pid);
  /// Something grew between the last two looks.
  [[nodiscard]] bool growing() const { return growing_; }

  /// Together, at the last look: anonymous and shared memory, and none that a fork still shares with its parent.
  [[nodiscard]] Bytes others() const { return others_; }
  /// The largest of them.
  [[nodiscard]] Bystander largest() const { return largest_; }
  /// Those with at least `worth`, at the last look, the largest first.
  [[nodiscard]] const std::vector<pid_t>& large() const { return large_; }
  /// All that were there at the last look.
  [[nodiscard]] const std::vector<pid_t>& all() const { return all_; }
  /// From this size on a process is worth a job.
  [[nodiscard]] Bytes worth() const { return worth_; }

 private:
  struct Seen {
    proc::Resident resident;
    /// When its own memory was found out.
    proc::Resident resident_then;
    /// None of its parent's.
    Bytes own;
    bool measured = false;
    std::uint64_t look = 0;
  };

  void read(pid_t pid);
  /// Finds out the own memory of one whose resident memory has been read.
  void measure(pid_t pid, Seen& seen);

  Bytes worth_;
  const LiveJobs& jobs_;
  Processes processes_;
  std::function<Duration()> cpu_time_;
  std::unordered_map<pid_t, Seen> seen_;
  std::vector<pid_t> all_;
  std::vector<pid_t> large_;
  Bystander largest_;
  Bytes others_;
  bool growing_ = false;
  std::uint64_t looks_ = 0;
  std::optional<Instant> looked_at_;
  /// Since the last look: a process that ends takes its memory with it, and the next one grows from there.
  Bytes least_overhead_;
  /// So much can be saved up, and is there at the start: ten looks at 60 processes.
  static constexpr Duration kMostCredit = std::chrono::milliseconds(5);
  /// CPU time that may be used; negative after a look that took more.
  Duration credit_ = kMostCredit;
  /// What finding out the own memory of new processes took in this look.
  Duration first_time_{};
};

}  // namespace memguard::supervisor
