#include "supervisor/memory/run_limit.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace memguard::supervisor {
namespace {

using namespace units;

constexpr double kMarginShare = 0.05;
constexpr Bytes kLargestMargin = 512_MiB;
// The budget shrinks before the machine's own OOM killer looks for a victim.
constexpr double kLastReserveShare = 0.01;
// What stays free below a memory.high: the kernel's pauses begin 1.25 % above it, and whoever reaches it reclaims page
// cache with its own time.
constexpr double kBelowHighShare = 0.02;
// Asking reads a dozen files. Others take no more than this between two looks of a quarter of a second; where less is
// left, they could have it all before we see it.
constexpr Bytes kTakenInNoTime = 1_GiB;
constexpr Duration kRoomyLook = std::chrono::milliseconds(250);
constexpr Duration kTightLook = std::chrono::milliseconds(50);

// The lowest of those that are walls, or of those that throttle.
const cgroup::LimitAbove* lowest_above(const MemoryAround& surroundings, bool throttles) {
  const cgroup::LimitAbove* lowest = nullptr;
  for (const auto& above : surroundings.above) {
    if (above.throttles() == throttles && (lowest == nullptr || above.limit < lowest->limit)) lowest = &above;
  }
  return lowest;
}

// The size that percentages are of: what this machine or container could have at most.
Bytes whole(const MemoryAround& surroundings) {
  Bytes least = surroundings.machine.total;
  for (const auto& above : surroundings.above) least = std::min(least, above.limit);
  return least;
}

Status check(Bytes wanted, const std::string& said_by, const MemoryAround& surroundings) {
  const std::string limit = fmt::format("{}{}a limit of {}", said_by, said_by.empty() ? "" : ": ", to_text(wanted));
  if (wanted < kSmallestLimit) {
    return fail(fmt::format("{} is too small for any build", limit), 0,
                fmt::format("Give at least {}.", to_text(kSmallestLimit)));
  }
  const auto* above = lowest_above(surroundings, false);
  if (above != nullptr && wanted > above->limit) {
    return fail(fmt::format("{} is more than {} allows ({})", limit, name_of(*above), to_text(above->limit)), 0,
                "Give less, a percentage, or no limit at all to have what there is.");
  }
  const Bytes machine = surroundings.machine.total + surroundings.machine.swap_total;
  if (wanted > machine) {
    return fail(fmt::format("{} is more than this machine has ({})", limit, to_text(machine)), 0,
                "Give less, a percentage, or no limit at all to have what there is.");
  }
  return {};
}

void set_by_group(report::LimitOrigin& origin, const cgroup::LimitAbove& group, std::string text) {
  origin = {report::LimitSetter::group, std::move(text), name_of(group), group.limit};
}

// Whoever raises the limit comes to this.
report::LimitOrigin no_more_than(const MemoryAround& surroundings) {
  report::LimitOrigin origin;
  origin.most = surroundings.machine.total + surroundings.machine.swap_total;
  for (const auto& above : surroundings.above) {
    if (above.limit >= origin.most) continue;
    origin.most = above.limit;
    origin.group = name_of(above);
  }
  return origin;
}

void take_what_is_left(RunLimit& limit, const MemoryAround& surroundings) {
  const Bytes available = surroundings.machine.available;
  const Bytes margin = margin_of(surroundings.machine.total);
  limit.wall = available - margin;
  limit.origin.setter = report::LimitSetter::machine;
  limit.origin.text = fmt::format("what the machine has available ({}) less {}", to_text(available), to_text(margin));
  for (const auto& above : surroundings.above) {
    const Bytes above_margin = margin_of(above.limit);
    if (above.available - above_margin >= limit.wall) continue;
    limit.wall = above.available - above_margin;
    set_by_group(limit.origin, above,
                 fmt::format("what {} has left ({} of {}) less {}", name_of(above), to_text(above.available),
                             to_text(above.limit), to_text(above_margin)));
  }
}

void choose_automatic(RunLimit& limit, const MemoryAround& surroundings) {
  take_what_is_left(limit, surroundings);
  // A machine that is full now may have room later, and a build that waits beats one that is refused.
  if (limit.wall >= kSmallestLimit) return;
  limit.wall = kSmallestLimit;
  limit.origin.text += fmt::format(", but no less than {}", to_text(kSmallestLimit));
}

// Above a memory.high no build is killed, and none ends: so it stays below, whoever said more.
void keep_below_high(RunLimit& limit, const std::string& said_by, const MemoryAround& surroundings) {
  const auto* high = lowest_above(surroundings, true);
  if (high == nullptr || limit.wall <= high->limit) return;
  const Bytes wanted = limit.wall;
  const Bytes margin = margin_of(high->limit);
  limit.wall = std::max(high->limit - margin, kSmallestLimit);
  set_by_group(limit.origin, *high,
               fmt::format("{} ({}) less {}", name_of(*high), to_text(high->limit), to_text(margin)));
  limit.remarks.push_back(fmt::format(
      "{}: a limit of {} is more than {} ({}), above which the kernel slows a build down until it stands. {} "
      "is taken.",
      said_by, to_text(wanted), name_of(*high), to_text(high->limit), to_text(limit.wall)));
}

Status choose_wall(RunLimit& limit, const config::Setting<std::optional<config::Size>>& wanted,
                   const MemoryAround& surroundings) {
  if (!wanted.value) return choose_automatic(limit, surroundings), Status();
  limit.wall = wanted.value->of(whole(surroundings));
  limit.origin.text = wanted.origin;
  const bool strict = config::said_for_this_run(wanted.origin);
  const std::string said_by = strict ? wanted.origin : wanted.origin + ": memory";
  auto fine = check(limit.wall, said_by, surroundings);
  if (fine) keep_below_high(limit, said_by, surroundings);
  if (fine || strict) return fine;
  choose_automatic(limit, surroundings);
  limit.remarks.push_back(
      fmt::format("{}. {} is taken: {}.", fine.error().what, to_text(limit.wall), limit.origin.text));
  return {};
}

// A build for which nothing can be left would run one job at a time from its beginning to its end. What is short only
// now comes back when others end: that build waits, and is told why.
Status choose_keep_free(RunLimit& limit, const config::Setting<std::optional<config::Size>>& wanted,
                        const proc::MemInfo& machine) {
  limit.keep_free = wanted.value ? wanted.value->of(machine.total) : kLastReserveShare * machine.total;
  if (wanted.value && limit.keep_free > margin_of(machine.total)) limit.origin.kept_free = limit.keep_free;
  if (!wanted.value || machine.available - limit.keep_free >= kSmallestLimit) return {};
  const std::string what =
      fmt::format("to keep {} free leaves the build less than {}: {} of {} are free now", to_text(limit.keep_free),
                  to_text(kSmallestLimit), to_text(machine.available), to_text(machine.total));
  const bool never = machine.total - limit.keep_free < kSmallestLimit;
  if (never && config::said_for_this_run(wanted.origin))
    return fail(fmt::format("{}: {}", wanted.origin, what), 0, "Keep less.");
  limit.remarks.push_back(fmt::format("{}: {}. Jobs run one at a time until more is free.", wanted.origin, what));
  return {};
}

}  // namespace

Bytes margin_of(Bytes total) { return std::min(kMarginShare * total, kLargestMargin); }

Result<MemoryAround> look_around() {
  cgroup::LimitsAbove above;
  return look_around(above);
}

Result<MemoryAround> look_around(cgroup::LimitsAbove& above) {
  auto machine = proc::read_meminfo();
  if (!machine) {
    return pass(std::move(machine.error())
                    .in("find out how much memory there is")
                    .advise("It is hidden: show all of /proc (in a unit, ProcSubset=all), from which memory is read."));
  }
  return MemoryAround{*machine, above.read()};
}

Result<RunLimit> choose_limit(const config::Config& config, const MemoryAround& surroundings) {
  RunLimit limit;
  limit.origin = no_more_than(surroundings);
  if (auto chosen = choose_wall(limit, config.memory, surroundings); !chosen) return pass(std::move(chosen.error()));
  if (auto chosen = choose_keep_free(limit, config.keep_free, surroundings.machine); !chosen)
    return pass(std::move(chosen.error()));
  if (config.swap.value) limit.swap = config.swap.value->of(surroundings.machine.swap_total);
  return limit;
}

Status check_limit(Bytes wanted, const MemoryAround& surroundings) {
  if (auto fine = check(wanted, {}, surroundings); !fine) return fine;
  const auto* high = lowest_above(surroundings, true);
  if (high == nullptr || wanted <= high->limit) return {};
  return fail(
      fmt::format("a limit of {} is more than {} ({}), above which the kernel slows a build down until it stands",
                  to_text(wanted), name_of(*high), to_text(high->limit)),
      0, "Give less.");
}

Bytes room_now(const RunLimit& limit, const MemoryAround& surroundings) {
  Bytes room = surroundings.machine.available - limit.keep_free;
  for (const auto& above : surroundings.above) {
    const Bytes unused = above.throttles() ? kBelowHighShare * above.limit : Bytes{};
    room = std::min(room, above.available - unused);
  }
  return room;
}

Bytes limit_now(const RunLimit& limit, Bytes room, Bytes used) { return std::clamp(used + room, Bytes{0}, limit.wall); }

Duration room_holds(Bytes room) { return room < kTakenInNoTime ? kTightLook : kRoomyLook; }

}  // namespace memguard::supervisor
