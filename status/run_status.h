// What can be known of a run while it lasts, as values: what the supervisor tells and `memguard status` shows.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace memguard::status {

enum class JobState : std::uint8_t {
  /// Waits at birth, with next to no memory.
  held,
  running,
  /// Stopped later, with its memory.
  frozen,
  /// Being killed, so that its memory is free; its shim starts it again.
  evicting,
  /// Was evicted or killed for memory, has been started again, and waits at birth.
  restarting,
};
/// "held", "being evicted": for people.
[[nodiscard]] std::string_view to_text(JobState state);
/// "held", "evicting": of the protocol.
[[nodiscard]] std::string_view word(JobState state);
/// By the word of the protocol; nothing for any other.
[[nodiscard]] std::optional<JobState> state_of(std::string_view word);

/// One job that has not ended.
struct JobStatus {
  /// By which commands name it; counts arrivals.
  std::uint32_t id = 0;
  /// "rustc regex 1.10.2", as in memguard's own lines; printable.
  std::string name{};
  std::string job_class{};
  pid_t pid = 0;
  JobState state = JobState::running;
  Bytes memory{};
  /// At its peak, as expected when it was last decided upon; nothing when it has not been.
  std::optional<Bytes> expected{};
  /// How long it has been in this state, and how long it has been there at all.
  Duration in_state{};
  Duration age{};
  /// Why it does not run: the words of `--explain`; empty for one that runs.
  std::string why{};
  /// The id of the job that has to end or go first; nothing where no job has.
  std::optional<std::uint32_t> waits_for{};
  /// It can be evicted: it would be started again.
  bool restartable = false;
  /// The user has stopped it.
  bool by_user = false;
  /// How often its family was evicted, or killed for memory and started again.
  int restarts = 0;
};

/// A run.
struct RunStatus {
  /// Of `memguard run`.
  pid_t pid = 0;
  /// With its arguments, and the folder it was started in; printable, and cut where very long.
  std::string command{};
  std::string folder{};
  /// "full", "freezer", "signal".
  std::string tier{};
  /// For how long it has run, without the time it was stopped by Ctrl-Z.
  Duration age{};
  /// Stopped by Ctrl-Z; about to end.
  bool paused = false;
  bool ending = false;

  /// What the build may use.
  Bytes limit{};
  /// The same at this moment, when others on the machine need memory.
  Bytes limit_now{};
  /// What reclaim without swap cannot take.
  Bytes used{};
  /// What is left of `limit_now`; negative when it is passed.
  [[nodiscard]] Bytes headroom() const { return limit_now - used; }
  /// Written to swap of its jobs, and what can be; nothing where there is no swap, or it cannot be used.
  struct Swap {
    Bytes used{};
    Bytes room{};
  };
  std::optional<Swap> swap{};
  /// Shares of the last seconds in which some, and all, of the build stood still for memory (PSI), 0 to 1. Nothing
  /// where the kernel does not tell.
  struct Pressure {
    double some = 0;
    double full = 0;
  };
  std::optional<Pressure> pressure{};
  /// Of cargo's jobserver: free ones, and as many more as may be given out. Nothing where there is none.
  struct Tokens {
    int free = 0;
    int more = 0;
  };
  std::optional<Tokens> tokens{};

  /// At most kMostJobs; those that are left out run.
  std::vector<JobStatus> jobs{};
  std::uint32_t jobs_left_out = 0;
};

/// The reply of a large build stays below a megabyte.
inline constexpr std::size_t kMostJobs = 2000;

}  // namespace memguard::status
