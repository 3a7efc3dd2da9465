// What the policy sees: one instant of a build, as plain values.
//
// The supervisor fills these from the kernel, the simulator from its world, a test by hand. Nothing here knows where
// the numbers came from, and nothing in policy/ may ask for more: no clock, no file, no log.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/course.h"
#include "base/units.h"

namespace memguard::policy {

/// A job: one rustc, one linker. The index of its record in the shared job table; never used twice in a build.
enum class JobId : std::uint32_t {};

/// A job and the jobs started below it (a rustc and its linker, a rustdoc and its many rustc) share one family, and
/// with it one age. Families are numbered in order of arrival, so the number is the age: smaller is older. A restarted
/// job keeps its family.
enum class FamilyId : std::uint32_t {};

/// What kind of job: the index of its class in the table of classes. Jobs of one class share their statistics.
enum class ClassId : std::uint16_t {};

/// What a job is doing, as the supervisor has last seen or brought about.
enum class JobState : std::uint8_t {
  /// At its exec, and not yet answered or held: uses next to no memory and waits for Admit.
  waiting,
  /// Runs, or may run: admitted and not stopped.
  running,
  /// Stopped later than at birth, with all its memory.
  frozen,
};

/// Who said what a job will need. Predictions of one source are right and wrong in the same way.
enum class PredictedBy : std::uint8_t {
  model,    ///< from what the job reads: within a factor of two mostly
  history,  ///< it ran before: within some per cent mostly
  user,     ///< declared: right, of another time, or ten times wrong
};

/// What a job is expected to need at its peak.
struct Prediction {
  Bytes peak{};
  PredictedBy by = PredictedBy::model;

  /// All their fields are equal.
  bool operator==(const Prediction&) const = default;
};

/// Jobs of which only so many may have memory at once, because the user said so (`link-jobs`).
enum class GroupId : std::uint16_t {};
struct Group {
  GroupId id{};
  int most = 1;

  /// All their fields are equal.
  bool operator==(const Group&) const = default;
};

/// What the user asked for a job, from another terminal (docs/STATUS.md). A wish is granted as far as the promises
/// allow: the oldest always runs, and nobody is killed whom nobody would start again.
enum class Wish : std::uint8_t {
  none,
  /// Start it, or let it go on, whatever fits.
  go,
  /// Stop it, or keep it at birth, until it is let go. It is also let go when it is the oldest with memory, when
  /// nothing else is left to start, and where a stall may wait for it.
  stop,
  /// Take its family's memory back; its shim starts it again.
  evict,
};

/// One job at the instant of the observation.
struct JobSeen {
  JobId id{};
  FamilyId family{};
  ClassId job_class{};
  /// The nearest job above it in its family, which started it and mostly waits for it; nothing for the family's first.
  std::optional<JobId> above{};
  JobState state = JobState::waiting;
  /// Memory now that no reclaim without swap can take: anonymous, shared and kernel memory, without the jobs below it.
  Bytes memory{};
  /// The most memory it had so far.
  Bytes peak{};
  /// CPU time (user and system, all threads) used so far, without the jobs below it.
  Duration cpu{};
  /// Nothing when nobody knows.
  std::optional<Prediction> predicted{};
  /// How it went when it ran before; nothing when nobody knows.
  std::optional<Course> course{};
  /// The class of the job it will start below itself before it ends, where its arguments tell: a rustc of a binary or a
  /// procedural macro starts a linker. Nothing when it starts none or nobody knows.
  std::optional<ClassId> will_start{};
  /// What that one is expected to need. Nothing when nobody knows.
  std::optional<Prediction> child_predicted{};
  /// Its family can be evicted: whoever started it (our shim) will start it again.
  bool restartable = false;
  /// How often its family was evicted, and how often it was killed for memory by the kernel and started again.
  int evictions = 0;
  int oom_kills = 0;
  /// The most memory a job of this class in this family had when it was evicted, or when it was killed for memory:
  /// this time it will need at least as much. Nothing when it was neither.
  std::optional<Bytes> evicted_at{};
  std::optional<Bytes> killed_at{};
  /// Of a waiting job: the memory of the programs between it and its shim, which wait for it and are no jobs (a
  /// compiler driver above its linker). 0 where a job of this start has ended: an eviction would throw its work away.
  Bytes starter_memory{};
  /// What it has in swap, besides `memory`.
  Bytes swapped{};
  /// Of `memory`, what `Reclaim` could not take: it is charged to another cgroup than the job's own.
  Bytes unswappable{};
  /// Nothing: limited by memory alone.
  std::optional<Group> group{};
  /// It is a job for its size alone, and may be anything: also one that waits for what others do.
  bool by_size = false;
  /// It compiles a build script of cargo, or a build script started it. All crates above that script wait for it.
  bool of_build_script = false;
  /// `stop` as long as it holds, the others for one step.
  Wish wish = Wish::none;
};

/// A job that ended since the last observation.
struct JobEnded {
  JobId id{};
  /// The most memory it ever had; teaches the statistics of its class.
  Bytes peak{};
  /// False for one that was killed: its peak says only how far it got.
  bool completed = true;
};

/// Stall time of the whole build since it started, from the `total=` fields of memory.pressure (psi.rst of the kernel).
struct Pressure {
  Duration some{};
  Duration full{};
};

/// The tokens of the jobservers of all cargos together, one for each job that a cargo may start and for each thread its
/// compilers may.
struct Tokens {
  /// Nobody has them: they are there for the taking.
  int free = 0;
  /// As many more may be given out: those that were taken away, and those that stopped jobs hold; negative: as many are
  /// too many.
  int more = 0;

  /// All their fields are equal.
  bool operator==(const Tokens&) const = default;
};

/// What policy learns at one step. Steps come with each sample, and at once on an arrival or an end.
struct Observation {
  Instant at{};
  /// The wall: memory.max, or what the machine can give. May move while the build runs (`--keep-free`).
  Bytes limit{};
  /// How often the user has moved it so far. What it falls by then nobody else has taken, nor goes on to take.
  int limit_moves = 0;
  /// All memory charged against the limit that the build cannot do without: unreclaimable memory (jobs, cargo, build
  /// scripts, files in tmpfs), and the text of the programs that run.
  Bytes used{};
  /// Of `used`, what is only kept for that text. Nothing decides by it.
  Bytes kept_for_text{};
  /// Missing where the kernel has no PSI.
  std::optional<Pressure> pressure{};
  /// How many processors the build may use; 0 when nobody knows.
  double processors = 0;
  /// For how long since the build began at least one of its processes waited for a processor. Missing where nobody
  /// knows.
  std::optional<Duration> waited_for_processor{};
  /// How often memory.high was hit since the build began (`high` of memory.events); 0 where there is none.
  std::uint64_t high_events = 0;
  /// What the build can still have written to swap by `Reclaim`; 0 without swap, and where the kernel cannot do it.
  Bytes swap_room{};
  /// A `Reclaim` is being carried out.
  bool reclaiming = false;
  /// Nothing where no cargo has one.
  std::optional<Tokens> tokens{};
  /// Every job that has not ended, in any order.
  std::vector<JobSeen> jobs;
  /// Jobs that ended since the last step.
  std::vector<JobEnded> ended;
};

}  // namespace memguard::policy
