// What the policy decides: actions with their reasons, as plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/observation.h"

namespace memguard::policy {

/// Why an action was chosen. One rule, one cause; the words are in `to_text`.
enum class Cause : std::uint8_t {
  fits,              ///< what is reserved and what it will need fit the budget
  nothing_runs,      ///< something must run
  oldest_family,     ///< belongs to the oldest active family, which always runs
  stalled,           ///< nothing that runs made progress: it may wait for this one
  no_room,           ///< what is reserved and what it will need do not fit
  beside_frozen,     ///< something is frozen: nothing new starts beside it
  waits_for_oldest,  ///< the oldest held job has waited long enough: what is younger queues behind it
  growth,            ///< what the running jobs will grow by does not fit
  pressure,          ///< the kernel reports stalls for memory
  last_one_running,  ///< one family runs alone: it may have all of the limit
  several_running,   ///< several run again: the trip wire goes back
  trip_wire_hit,     ///< memory stays at the trip wire: throttled jobs could not end
  wall_ahead,        ///< the oldest is about to hit the wall: what is stopped or younger gives its memory back
  killed_twice,      ///< the oldest was killed for memory twice: it runs with nothing beside it
  group_full,        ///< as many of its group as the user allows have memory
  just_started,      ///< something has just started, and what that takes is to show first
  processors_busy,   ///< memory is short, and those that run use all processors already
  peaks_apart,       ///< it fits beside what runs at every time of its life, as each went when it ran before
  peaks_together,    ///< it may not at some time, beside few
  older_waits,       ///< an older one needs the memory, now or to go on
  asked,             ///< the user asked for it
  no_restart,        ///< nobody would start it again
};
constexpr Cause kLastCause = Cause::no_restart;

/// "no room": what happened, or what is waited for, in words.
[[nodiscard]] std::string_view to_text(Cause cause);

/// The numbers that led to an action; `--explain` prints them and the report keeps them.
struct Reason {
  Cause cause{};
  Bytes limit;
  Bytes used;
  /// Of `used`, what is only kept for the text of the programs that run.
  Bytes kept_for_text;
  /// Used, and the share that is reserved of what running jobs may still grow by.
  Bytes reserved;
  /// What the job was expected to need more than it has now.
  Bytes need;
  int running = 0;
  int frozen = 0;
  int held = 0;
};

/// "2.1 GiB used and 105 MiB kept for programs"; `used` without what is kept, unlike that of `Reason`. "2.1 GiB used"
/// where nothing is kept.
[[nodiscard]] std::string used_text(Bytes used, Bytes kept_for_text);

/// "no room: 2.2 GiB used, 3.1 GiB reserved and 700 MiB needed, of 3.5 GiB; 4 run, 0 frozen, 2 held".
[[nodiscard]] std::string to_text(const Reason& reason);

/// Let a waiting job start.
struct Admit {
  JobId job{};
  /// What it was expected to use at its peak when it was admitted; goes into the report.
  Bytes predicted;
  Reason why;
};
/// Keep a waiting job at birth. Decided once when it arrives; it stays held until Admit.
struct Hold {
  JobId job{};
  Bytes predicted;
  Reason why;
};
/// Stop these running jobs of one family, with their memory: a chain (view.h), the oldest job first. Never empty.
struct Freeze {
  FamilyId family{};
  std::vector<JobId> jobs;
  Reason why;
};
/// Let these frozen jobs of one family run again. Never empty.
struct Thaw {
  FamilyId family{};
  std::vector<JobId> jobs;
  Reason why;
};
/// Write so much of the memory of a family's frozen jobs to swap. It comes back when they have been thawed and touch
/// it.
struct Reclaim {
  FamilyId family{};
  Bytes amount;
  Reason why;
};
/// Kill every process of a family and so free its memory. Only for a family whose jobs are restartable: its shim starts
/// it again, which arrives as a new waiting job of the same family (and age) when its processes are gone.
struct Evict {
  FamilyId family{};
  Reason why;
  /// The family only waits, and would take its memory back at once. It is started again when Decision::back names it.
  bool stays_away = false;
};
/// Move the trip wire memory.high; `Bytes::unlimited()` takes it away.
struct SetHigh {
  Bytes high;
  Reason why;
};

/// Let so many tokens of the jobserver be free: take away what is too many, give out what is missing. Only free ones
/// can be taken.
struct Spare {
  int tokens = 0;
  Reason why;
};

using Action = std::variant<Admit, Hold, Freeze, Thaw, Evict, SetHigh, Reclaim, Spare>;

/// Why a wish of the user's is not granted.
struct Refused {
  JobId job{};
  Cause why{};
};

/// What one step decided, to be carried out in order.
struct Decision {
  std::vector<Action> actions;
  /// When to look again at the latest, if nothing happens before: sooner when memory is tight.
  Duration next_sample{};
  /// For whoever asks, nothing to be carried out or recorded: why each waiting job still waits; empty in steps that did
  /// not come to the question.
  std::vector<Hold> waits{};
  /// Evicted families that stayed away and are to be started again now.
  std::vector<FamilyId> back{};
  /// Wishes that were not granted.
  std::vector<Refused> denied{};
};

}  // namespace memguard::policy
