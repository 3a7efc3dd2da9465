// One job that has not ended: its record, its processes, and what was last read of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "policy/decision.h"
#include "policy/observation.h"
#include "proc/process.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/live/high_water.h"
#include "supervisor/loop/event_loop.h"

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
  /// How far that exec is.
  enum class Exec : std::uint8_t {
    pending,     ///< it waits for its answer, or has it and is not known to be done
    being_held,  ///< the worker is about to hold it, or has not told yet what became of that
    done,        ///< what /proc shows is the job
  };
  Exec exec = Exec::pending;
  /// When its process was first looked at after its exec was let go and was not done, and what CPU time it had used
  /// then; nothing before. From there it is found out whether the exec has failed (Stops::drop_failed_execs).
  struct ExecSeen {
    Instant at{};
    Duration cpu{};
  };
  std::optional<ExecSeen> exec_seen;
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

  /// The memory of its starters (starters.h), read once while it is held.
  std::optional<Bytes> starter_memory;

  /// What it is expected to need, and the link that it will start.
  std::optional<policy::Prediction> predicted;
  std::optional<policy::Prediction> link_predicted;
  /// How it went when it ran before.
  std::optional<Course> course;
  /// The group that link-jobs or test-jobs puts it into: only so many of a group may have memory at once.
  std::optional<policy::Group> group;

  /// The last full reading (job_reading.h): when it was made, and what it showed. Most readings only compare with it,
  /// by the files that are kept open here, and a full one is made when memory has changed.
  struct InFull {
    Instant at{};
    Bytes memory;
    proc::ResidentFile file;
    proc::CpuClock cpu;
    std::optional<proc::Resident> resident;
  } in_full;

  UniqueFd pidfd;
  std::unique_ptr<EventLoop::Source> end_watch;

  /// The family it belongs to: its record's.
  [[nodiscard]] policy::FamilyId family() const { return policy::FamilyId{record->family}; }
  /// The job that started it; nothing when no job did.
  [[nodiscard]] std::optional<policy::JobId> above() const;
  /// Its exec is done.
  [[nodiscard]] bool started() const { return exec == Exec::done; }
  /// It is held or frozen.
  [[nodiscard]] bool stopped() const { return record->phase == JobPhase::held || record->phase == JobPhase::frozen; }
};

}  // namespace memguard::supervisor
