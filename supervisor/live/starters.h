// The processes that start jobs without being jobs themselves: gcc, make, cargo.
//
// A process that has one job at a time does one piece of work in steps: gcc starts cc1plus, then `as`. So its next job
// is as old as its last one. If `as` were as young as its own start, it would wait behind all compiles that make has
// started meanwhile, and its input in tmpfs would take memory all that time.
#pragma once

#include <cstddef>
#include <map>
#include <utility>

#include "policy/observation.h"
#include "proc/process.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

class Starters {
 public:
  /// The jobs must outlive it.
  explicit Starters(LiveJobs& jobs) : jobs_(jobs) {}

  /// Learns what a supervisor before us has written. Call after LiveJobs::adopt.
  void adopt(SharedArea& area);

  /// A family for a job that no job started: right behind the last job of its starter when that has ended and the
  /// starter never had two jobs at once; else the next age. Pid 0: the starter is not known.
  [[nodiscard]] policy::FamilyId family_for(const proc::Identity& starter);
  /// The job has arrived.
  void joined(JobRecord& job, const proc::Identity& starter);
  /// How many starters are remembered: those that have ended are forgotten from time to time.
  [[nodiscard]] std::size_t known() const { return starters_.size(); }

 private:
  struct Starter {
    policy::JobId last_job{};
    policy::FamilyId last_family{};
    /// It once had two jobs at a time, as make, ninja and cargo have.
    bool several = false;
  };

  void note(const JobRecord& job, bool beside_last);
  void forget_ended();

  LiveJobs& jobs_;
  std::map<std::pair<pid_t, std::uint64_t>, Starter> starters_;
  std::size_t most_ = 256;
};

/// The process that started a job, by its ancestors of no job (Kinship::passed): its parent, or that of its shim.
[[nodiscard]] proc::Identity starter_of(const Kinship& kin, const proc::Identity& shim);

/// The memory of the starters of a held job up to its shim: a compiler driver above its linker. They wait for the job,
/// so one look is enough. An exempt starter counts too. 0 where no shim stands above, and where another job
/// does.
[[nodiscard]] Bytes starter_memory(const LiveJob& job, LiveJobs& jobs);

}  // namespace memguard::supervisor
