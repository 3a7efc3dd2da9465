// The memory that front and supervisor share: what must survive the death of either.
//
// Notifications are received straight into slots here, because one that was received and never answered would hang its
// process for ever (kernel/seccomp.c seccomp_do_user_notification): whoever is left answers every slot in use. The
// table of jobs is here too, so that a new supervisor knows the ages promise 1 rests on, and so that the front can tell
// at the end what happened.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "gate/listener.h"
#include "proc/process.h"
#include "report/run_report.h"
#include "report/totals.h"
#include "supervisor/area/exec_names.h"
#include "supervisor/area/hungry_programs.h"
#include "supervisor/area/job_facts.h"
#include "supervisor/area/jobserver.h"
#include "supervisor/area/shape_record.h"
#include "supervisor/area/timeline_record.h"

namespace memguard::supervisor {

/// What the front read about an exec while its caller waited.
struct ExecFacts : JobFacts {
  /// The thread that called execve; the kernel gives its process id to the new program.
  pid_t thread;
  proc::Identity process;
  /// Stack start before the exec (proc::Stat::start_stack), to see whether the new program is there.
  std::uint64_t old_stack;
  /// The jobserver that it was told of.
  JobserverEnds jobserver;
  /// All else could not be read; the exec has been let go on.
  bool unread;
};

enum class SlotState : std::uint32_t {
  /// Free to receive into.
  empty,
  /// The front reads what it is, or is to send it to the shim. Nobody else touches it.
  received,
  /// The supervisor has received it in the front's place, and lets it go on.
  passing,
  /// The supervisor is to decide.
  asked,
  /// The supervisor has seen it and will answer: after the decision, after the hold, or, on kernels without
  /// WAIT_KILLABLE_RECV, when the job may start.
  taken,
};

/// One notification on its way from the kernel to its answer.
struct GateSlot {
  std::atomic<SlotState> state;
  gate::NotificationBuffer notification;
  ExecFacts facts;
};

enum class JobPhase : std::uint8_t { waiting, running, held, frozen, ended };

/// One job, from its exec to its end. Written by the supervisor alone; the front reads it when no supervisor lives.
struct JobRecord : JobFacts {
  /// Its policy::JobId: counts arrivals.
  std::uint32_t id;
  proc::Identity process;
  std::uint32_t family;
  /// policy::ClassId: jobs with one share their statistics.
  std::uint16_t policy_class;
  JobPhase phase;
  /// The user has stopped it, or wants it kept at birth; over when it runs again for whatever reason.
  bool kept;
  report::Outcome outcome;
  report::Killer killer;
  bool was_held;
  /// Held, its exec is done, and it is known to have stopped before its first instruction.
  bool hold_done;
  bool was_frozen;
  /// Its exec failed, so it was no job; no report counts it.
  bool never_ran;
  /// Our shim above it, which can start its family again; pid 0 when there is none.
  proc::Identity shim;
  /// The process that started it or its shim, where no job did (starters.h); pid 0 when that is not known.
  proc::Identity starter;
  /// How often its family had been started again when it arrived.
  std::uint16_t start_number;
  /// Its family was to be killed by us while it lived, for the memory of others.
  bool evicted;
  /// Its family was to be killed by us while it lived, because it is evicted or has lost a job already.
  bool being_killed;
  /// It ended when the build had been told to end, or just before that was known: its peak may not be what it needs.
  bool interrupted;
  /// It was killed for memory when no other family had any.
  bool alone;
  /// Memory ended its family, whose shim was then told to start it again.
  bool restarted;
  /// The id of the job that started it; -1 when no job did.
  std::int64_t above;
  /// The number of its leaf cgroup, -1 without one.
  std::int32_t leaf;
  Instant start;
  Instant end;
  /// When the present hold or freeze began.
  Instant stopped_at;
  /// When the last one ended.
  Instant resumed_at;
  Duration held;
  Duration frozen;
  Duration cpu;
  Bytes peak;
  ShapeRecord shape;
  /// When its memory was last read.
  Instant measured_at;
  Bytes predicted;
  /// JobserverRecord::number of the one that it takes its tokens from; 0: none that is looked after.
  std::uint32_t jobserver;
  /// Tokens of that which it held when last looked at.
  std::int32_t tokens;
  /// Its state that the timeline was told of last.
  NotedState noted;
  /// With which cause; ChangeRecord::kNoCause: nobody decided it.
  std::uint8_t noted_cause;
};
static_assert(std::is_trivially_copyable_v<JobRecord>);

/// A job goes over to another phase: the only place where one does. The time of a stop that ends is counted; of one
/// that begins it is noted when, and that the job was stopped at all; of the end, when.
void enter(JobRecord& job, JobPhase phase, Instant now);

/// The jobserver of one cargo of the build (supervisor/tokens/token_pool.h). Written by the supervisor; by the front
/// when none lives.
struct JobserverRecord {
  proc::Identity cargo;
  JobserverEnds ends;
  /// Counts jobservers; 0: the record is free.
  std::atomic<std::uint32_t> number;
  /// How many jobs that cargo was seen to be allowed at once.
  std::int32_t most_jobs;
  /// Tokens that we have put in beyond its own; negative: that we have taken away.
  std::atomic<std::int32_t> lent;
};

/// True when the peak of a job that ended at `end` was read late enough in its life to be believed: one that was seen
/// only as it began would teach that its like need nothing.
[[nodiscard]] bool peak_is_known(const JobRecord& job, Instant end);

/// What a job that ended by itself at `end` tells that its like need: its peak, where that is known. Of a program that
/// no list names there is no better guess: it is taken to have grown on as before, to four times that at most. Nothing
/// where nothing is known.
[[nodiscard]] std::optional<Bytes> need_told_by(const JobRecord& job, Instant end);

/// What the peak of a job that ended at `end` says of its like.
enum class PeakSays : std::uint8_t { nothing, need, at_least };

/// `at_least` of one that was killed: it had not had all it needs. Taken for its need, the peaks of evicted links made
/// each supervisor after a `kill -9` expect a third of the truth, and so start what had to be evicted again.
[[nodiscard]] PeakSays peak_says(const JobRecord& job, Instant end);

/// Of the jobs whose records were used again, for the report.
struct EarlierJobs {
  std::uint32_t jobs;
  std::uint32_t held;
  std::uint32_t frozen;
  Duration held_time;
  Duration longest_held;
  Duration frozen_time;
  Bytes peak;

  /// Counts a job whose record is used again.
  void add(const JobRecord& job);
};

/// The largest above its prediction when memory was most above the limit (report::OverLimit): a job, or a program that
/// is none.
struct MostAbove {
  static constexpr std::uint32_t kNoJob = UINT32_MAX;
  std::uint32_t job;
  FixedText<16> program;
  Bytes had;
  Bytes predicted;
};

// No process may hold a lock of it when it dies.
static_assert(std::atomic<Moment>::is_always_lock_free && std::atomic<Instant>::is_always_lock_free &&
              std::atomic<Duration>::is_always_lock_free && std::atomic<Bytes>::is_always_lock_free);

/// The shared memory of one run. Made by the front, inherited by fork, gone with the last process that has it.
class SharedArea {
 public:
  static constexpr std::size_t kSlots = 128;
  /// The records of so many jobs are kept to the end. Of more, each new job takes the record of the one that ended
  /// longest ago.
  static constexpr std::size_t kMostJobs = std::size_t{1} << 17U;

  /// Maps it; pages that are never touched cost nothing. `most_jobs` is a power of two. Where address space is short
  /// (RLIMIT_AS, vm.overcommit_memory 2) the table is smaller.
  [[nodiscard]] static Result<SharedArea*> create(std::size_t most_jobs = kMostJobs);

  std::array<GateSlot, kSlots> slots;

  /// The supervisor's last loop turn; the front takes one older than 2 s for a hang.
  std::atomic<Moment> heartbeat;
  /// Decisions of all supervisors of this run.
  std::atomic<std::uint64_t> decisions;
  /// Whoever set it from 0 may receive from the listener: front 1, supervisor 2. One receiver at a time, because a
  /// second one would sleep in the ioctl.
  std::atomic<std::uint32_t> receiver;
  /// The build is ending: thaw everything, hold nothing more.
  std::atomic<bool> ending;
  /// It ends because the user said so, by a signal: what memory ends of it from then on is not lost.
  std::atomic<bool> interrupted;
  /// We kill what is left of it: its deaths are nobody else's doing.
  std::atomic<bool> killing;
  /// The command has ended: the supervisor writes the totals and exits.
  std::atomic<bool> finished;
  /// After a front that ended without a word: the build is killed and its tree removed.
  std::atomic<bool> cleaned_up;
  /// There is so much memory that no compile need be restartable (supervisor/live/plenty.h).
  std::atomic<bool> plenty;
  /// The build's clock when `interrupted` was last said.
  std::atomic<Instant> interrupted_at;
  /// The jobservers that are looked after. Of more cargos at once the further ones keep to themselves.
  std::array<JobserverRecord, 32> jobservers;
  std::uint32_t jobservers_seen;
  /// Witness's: how often it got each signal.
  static constexpr std::size_t kSignals = 65;
  std::array<std::atomic<std::uint32_t>, kSignals> witnessed;
  /// The keeper that lives now; written by the front.
  proc::Identity keeper;
  /// Time the whole build was stopped by job control, no part of its BuildClock.
  std::atomic<Duration> suspended;
  /// The start of the run.
  Moment started;

  /// What the build may use, which the user may move (movable_limit.h), and memory.max where we have one. Set by the
  /// front, moved by the supervisor.
  std::atomic<Bytes> wall;
  std::atomic<Bytes> memory_max;
  /// How often it was moved.
  std::atomic<std::int32_t> limit_moves;

  /// Written by the supervisor. Who reads beside it may see one total before an event and another after it.
  report::Totals totals;

  // What else the report is made of, written by the supervisor.
  /// The highest limit there was.
  std::atomic<Bytes> highest_limit;
  /// The most that was used.
  std::atomic<Bytes> peak;
  std::atomic<std::uint64_t> oom_kills;
  /// In tier full, near the most that memory.stat told as used: what of it was files in tmpfs or shared memory, and
  /// what buffers of sockets. `peak` also counts what processes tell, and that may be more.
  struct {
    std::atomic<Bytes> most;
    std::atomic<Bytes> used;
    std::atomic<Bytes> shmem;
    std::atomic<Bytes> sock;
  } at_peak;
  /// Deaths of jobs that the kernel brought about for memory, but not at the build's own limit
  /// (report::Killer::outside).
  std::atomic<std::uint32_t> outside_kills;
  /// HiddenLimit's: what was learnt of a limit that cannot be read, and what of the kernel's counters it has seen.
  struct {
    /// The most that the build may use; 0: nothing was learnt.
    std::atomic<Bytes> limit;
    /// What it used when that was first hit.
    std::atomic<Bytes> hit;
    std::atomic<std::uint32_t> kills;
    std::atomic<bool> throttled;
    std::uint64_t kills_seen;
    std::uint64_t ooms_seen;
    std::uint32_t outside_kills_seen;
  } hidden;
  /// ThrashingWatch's: the job that hardly got on for longest, how long, and the limit it needed little more than.
  struct {
    std::atomic<std::uint32_t> job;
    std::atomic<Bytes> limit;
    std::atomic<Duration> lasted;
  } thrashing;
  /// KillLedger's: of the kernel's kills for memory those that a death explains, by leaf, and of all else.
  std::array<std::uint32_t, 256> leaf_kills_explained;
  std::uint64_t kills_explained;
  bool kills_known;
  /// Programs that are jobs because they were seen to need memory, and what each process executed last.
  HungryPrograms hungry;
  ExecNames exec_names;
  /// Execs of programs that are no job, so far.
  std::atomic<std::uint32_t> execs;

  /// Those that no job's death has explained within its time.
  std::uint64_t kills_unexplained;
  /// Who was largest when `peak` was reached, if that was above the limit. Written by the supervisor.
  MostAbove most_above;
  /// What was not guarded, by reason; written by front and supervisor.
  std::array<std::atomic<std::uint32_t>, report::kUnguardedReasons> unguarded;
  /// Counts an exec or a process that is not guarded.
  void note_unguarded(report::Unguarded reason) { ++unguarded[static_cast<std::size_t>(reason)]; }

  /// The records there are: in order of arrival, until records are used again.
  [[nodiscard]] std::span<JobRecord> jobs() { return {records(), job_count.load(std::memory_order_acquire)}; }
  /// The same in order of arrival.
  [[nodiscard]] std::vector<JobRecord*> jobs_by_arrival();
  /// The record of a job; null when it was used again, or there never was one.
  [[nodiscard]] JobRecord* job(std::uint32_t id);
  /// The record that the next new job will take from one that has ended; null when it takes none.
  [[nodiscard]] JobRecord* next_reused();
  /// A record that is zero but for its id; null when all the jobs that the table holds live.
  [[nodiscard]] JobRecord* add_job();
  /// Of the jobs that are no longer in the table.
  EarlierJobs earlier;
  /// How it went over time. Written by the supervisor.
  TimelineRecord timeline;
  /// The build's clock now.
  [[nodiscard]] Instant build_time() const;

 private:
  [[nodiscard]] JobRecord* records() { return reinterpret_cast<JobRecord*>(this + 1); }  // NOLINT: they follow us
  // Moves next_id on to a record that is free or of a job that has ended; null when there is none.
  [[nodiscard]] JobRecord* find_free();

  std::atomic<std::uint32_t> job_count;
  // A power of two, so that the record of a job is found by its id also when ids begin anew at 0.
  std::uint32_t capacity;
  std::uint32_t next_id;
};

}  // namespace memguard::supervisor
