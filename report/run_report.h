// What happened in a run, as values, and how it is told: the line at the end, and `--json`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "report/limit_origin.h"
#include "report/timeline.h"
#include "report/totals.h"

namespace memguard::report {

/// How a job ended. `--json` has these words.
enum class Outcome : std::uint8_t {
  running,        ///< had not ended when the run did
  done,           ///< ended by itself, whatever its status
  killed,         ///< by a signal that was not memory's doing
  oom,            ///< by the kernel, for memory, and not started again
  evicted,        ///< by us, for its memory; started again
  oom_restarted,  ///< by the kernel, for memory, and started again
};

/// Who sent the SIGKILL that a job died of.
enum class Killer : std::uint8_t {
  none,      ///< it died of none, or of one of ours
  limit,     ///< the kernel, at the build's own limit
  outside,   ///< the kernel, at a limit above the build's, or because the machine had no memory left
  somebody,  ///< anybody else
  memguard,  ///< we: it was left when the command had ended, or when an interrupted build had to end
};

/// Why an exec of the build, or a process that needs memory, was not guarded. `--json` has these words.
enum class Unguarded : std::uint8_t {
  unreadable,   ///< its program and arguments could not be read (Yama ptrace_scope 2 or 3, another user's process)
  table_full,   ///< more jobs lived at once than the table of jobs holds
  outside,      ///< it sits in a cgroup that is not below the build's
  unstoppable,  ///< the kernel refused to stop it
};
constexpr std::size_t kUnguardedReasons = 4;

/// One job, as `"job"` of `--json` lists it.
struct JobReport {
  std::uint32_t id = 0;
  std::string job_class;
  /// From rustc's arguments and cargo's environment; empty for what is no rustc.
  std::string crate;
  std::string version;
  /// A link's output file, or a rustc's crate type.
  std::string output;
  /// The file that was executed, without its folders, and what it is in every build (job::Unit::name); empty in reports
  /// of an older memguard.
  std::string program;
  std::string unit;
  /// The options that count (job::Unit::profile): "lto=fat codegen-units=1"; a link has those of its rustc. Empty in
  /// reports of an older memguard.
  std::string profile;
  std::int32_t pid = 0;
  /// Since the start of the run.
  Duration start{};
  Duration end{};
  Bytes peak;
  Bytes predicted;
  Duration cpu{};
  Duration held{};
  Duration frozen{};
  int restarts = 0;
  Outcome outcome = Outcome::running;
  Killer killer = Killer::none;
  /// Jobs that share it were started one below the other, or one after the other when memory had ended one.
  std::uint32_t family = 0;
  /// The id of the job that started it; Change::kNoJob when no job did, or when that is not known.
  std::uint32_t above = Change::kNoJob;
};

/// A process that was no job and that the kernel killed for memory.
struct Victim {
  /// Its name, at most 15 bytes (comm of proc(5)).
  std::string program;
  Bytes memory;
};

/// Memory was above the limit, where nothing keeps it from that (tiers `freezer` and `signal`).
struct OverLimit {
  /// The most that it was above.
  Bytes by;
  /// The job or program that had the most above its prediction at that moment; empty when none was seen.
  std::string who;
  Bytes had;
  /// What was expected of it; 0 when nothing was.
  Bytes predicted;
};

/// A job hardly got on, because it needed little more than the limit (tier `full`).
struct Thrashing {
  /// Empty when its record was used again, in builds of more than 131,072 jobs.
  std::string who;
  /// The longest time in one piece, in steps of 5 s.
  Duration lasted{};
  /// The limit at that time.
  Bytes limit;
};

/// A whole run.
struct RunReport : Totals {
  /// When the run ended, in UTC as RFC 3339 writes it ("2026-05-01T12:00:00Z"); where and what it was. Empty in reports
  /// of an older memguard; the folder also when it was removed meanwhile.
  std::string ended_at;
  std::string folder;
  std::vector<std::string> command;
  std::string tier;
  int exit_status = 0;
  Duration wall{};
  /// `Bytes::unlimited()` where there is none; null in the JSON.
  Bytes limit;
  LimitOrigin limit_origin;
  Bytes peak;
  /// Jobs that were held at birth, and the sum of the times; a job counts once. The same for frozen.
  int held = 0;
  Duration held_time{};
  Duration longest_held{};
  int frozen = 0;
  Duration frozen_time{};
  std::uint64_t oom_kills = 0;
  /// Of `oom_kills` those that no job's death explains, and who they were as far as that is known.
  std::uint64_t oom_kills_no_job = 0;
  std::vector<Victim> victims;
  /// Where the build has no counter of its own: kills for memory on the whole machine that no job's death explains.
  std::uint64_t oom_kills_machine = 0;
  std::optional<OverLimit> over_limit;
  std::optional<Thrashing> thrashing;
  /// What the build was planned with since it hit a limit that memguard cannot read; 0 where it hit none.
  Bytes hidden_limit;
  /// How many were not guarded, by reason.
  std::array<std::uint32_t, kUnguardedReasons> unguarded{};
  Duration supervisor_cpu{};
  Bytes supervisor_peak;
  /// That the build could use; 0 in reports of an older memguard.
  double processors = 0;
  std::vector<JobReport> jobs;
  /// Empty in reports of an older memguard.
  Timeline timeline;
  /// Jobs before those, which are counted above and no longer known one by one.
  int earlier_jobs = 0;

  /// How many there were, with those that have no entry.
  [[nodiscard]] std::size_t all_jobs() const { return jobs.size() + static_cast<std::size_t>(earlier_jobs); }
};

/// "312 jobs, 14 waited up to 41 s, 3 paused, 1 gave memory back and started again, none lost; peak 7.4 of 8.0 GiB".
/// Only the parts that apply, but always how many were lost, or that none was killed; a process that was no job and was
/// killed is lost too. Empty when memguard did nothing: nothing held, frozen, evicted, restarted, OOM-killed or lost.
[[nodiscard]] std::string end_line(const RunReport& run);

/// What a run must not keep to itself (promise 6: silence means that all was well), one line each, with what can be
/// done about it; empty when all was well. Names are printable.
/// - What was not guarded, and why.
/// - The limit was passed: by how much, and who had most.
/// - The kernel killed somebody that was no job.
/// - A job hardly got on at the limit.
[[nodiscard]] std::vector<std::string> warnings(const RunReport& run);
/// That of them which says that the build used more than its limit; empty when it did not.
[[nodiscard]] std::string over_limit_text(const RunReport& run);

/// What can be done about one that was not guarded for that reason: "sysctl kernel.yama.ptrace_scope=1".
[[nodiscard]] std::string_view remedy(Unguarded reason);

/// The stable, versioned JSON of `--json` (docs/JSON.md): sizes in bytes, times in seconds.
[[nodiscard]] std::string to_json(const RunReport& run);

/// What `--json` gets of a build inside one that is guarded already: it has no jobs of its own to tell of.
struct InnerRun {
  /// The memguard around it.
  std::int32_t guarded_by = 0;
  std::string tier;
  std::string folder;
  std::vector<std::string> command;
};
/// The report of a build that another memguard guards.
[[nodiscard]] std::string to_json(const InnerRun& run);

/// The run that to_json wrote; unknown keys are passed over, an unknown outcome is "running". Refused, with the place:
/// what is no JSON or no report, that of an InnerRun, another version, a missing key, a wrong type, a size or time that
/// no build has.
[[nodiscard]] Result<RunReport> read_json(std::string_view text);

/// Writes it as write_whole does (base/whole_file.h).
[[nodiscard]] Status write_json(const RunReport& run, const std::string& path);

}  // namespace memguard::report
