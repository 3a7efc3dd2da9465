// How much memory the build may have: chosen once at the start, and followed while others on the machine come and go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroup/home.h"
#include "config/config.h"
#include "proc/machine.h"
#include "report/limit_origin.h"

namespace memguard::supervisor {

/// What a limit is in every tier but full: "The limit is ...".
inline constexpr std::string_view kKeptByScheduling = "kept by scheduling alone: nothing ends a job beyond it";

/// Below it no build is worth trying: cargo alone needs that.
inline constexpr Bytes kSmallestLimit{std::int64_t{32} << 20U};

/// What an automatic limit leaves of so much: a twentieth, but no more than a desktop needs, 512 MiB.
[[nodiscard]] Bytes margin_of(Bytes total);

/// The limit of a run.
struct RunLimit {
  /// memory.max, or what policy takes for it where there is no controller.
  Bytes wall;
  /// memory.swap.max; nothing leaves it as it is.
  std::optional<Bytes> swap;
  /// What stays free on the machine, so that the budget shrinks when others need memory.
  Bytes keep_free;
  /// Where the wall came from.
  report::LimitOrigin origin;
  /// What a file or a manifest wanted and this machine cannot give, one line each.
  std::vector<std::string> remarks;
};

/// What is known of the machine when the limit is chosen.
struct MemoryAround {
  proc::MemInfo machine;
  /// Tightest first (cgroup::LimitsAbove).
  std::vector<cgroup::LimitAbove> above;
};
/// Refused where /proc/meminfo cannot be read.
[[nodiscard]] Result<MemoryAround> look_around();
/// The same by limits that were looked for before.
[[nodiscard]] Result<MemoryAround> look_around(cgroup::LimitsAbove& above);

/// Chooses the limit: what the user said, else the smallest of what the cgroups above allow and what the machine has
/// available now, less a margin. Refused with advice: less than 32 MiB (cargo alone needs that), more than memory.max
/// of a cgroup above or than the machine has, and a `keep-free` that leaves less than 32 MiB of the whole machine. From
/// a file or a manifest, which may have been written on another machine, these stop no build: there is a remark, and
/// the limit is chosen as if nobody had said anything. More than a memory.high above, whoever says it, is lowered to
/// below that with a remark: it kills nobody, but a build above it hardly moves. Then that cgroup has set the limit.
[[nodiscard]] Result<RunLimit> choose_limit(const config::Config& config, const MemoryAround& surroundings);

/// Whether a running build may get this limit: refused like what the user says at the start, and where it is more than
/// a memory.high above.
[[nodiscard]] Status check_limit(Bytes wanted, const MemoryAround& surroundings);

/// What the machine and the cgroups above have left for the build; negative when others took of what is to stay free.
[[nodiscard]] Bytes room_now(const RunLimit& limit, const MemoryAround& surroundings);

/// What the build may use at this moment when it uses `used` and has so much room left: the wall, or less.
[[nodiscard]] Bytes limit_now(const RunLimit& limit, Bytes room, Bytes used);

/// For how long a room may be believed. The build's own use does not matter here: what it takes leaves room, and their
/// sum stays.
[[nodiscard]] Duration room_holds(Bytes room);

}  // namespace memguard::supervisor
