#include "supervisor/memory/hidden_limit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proc/machine.h"

namespace memguard::supervisor {
namespace {

// A kill is seen at the next look, when the memory is free again: what was used is in the looks before.
constexpr Duration kLookBack = std::chrono::seconds(1);
// `oom` of memory.events rises before `oom_kill`, and both may be told by different looks.
constexpr Duration kKillFollows = std::chrono::seconds(2);
// Whoever is killed again below what was learnt is below something that has become less.
constexpr double kAgain = 0.95;
// A build that is throttled gets no further than 18 % above memory.high, where an allocation waits 2 s
// (mm/memcontrol.c calculate_high_delay), and by 10 % it hardly moves.
constexpr double kBelowThrottled = 0.9;
constexpr Duration kWatch = std::chrono::seconds(2);
constexpr double kStood = 0.5;
constexpr double kMoved = 0.1;
constexpr double kFewRefaults = 64;  // a second

Result<std::uint64_t> direct_reclaims_now() { return proc::read_direct_reclaims(); }

bool same_hits(const HiddenLimit::Seen& a, const HiddenLimit::Seen& b) {
  if (!a.events || !b.events) return a.events.has_value() == b.events.has_value();
  return a.events->high == b.events->high && a.events->max == b.events->max && a.events->oom == b.events->oom;
}

// Whether all that we know of had memory left before `freed` came back.
bool all_had_room(const MemoryAround& around, Bytes freed) {
  const auto had = [freed](Bytes available, Bytes of) { return available - freed >= margin_of(of); };
  return had(around.machine.available, around.machine.total) &&
         std::ranges::all_of(around.above, [&](const auto& above) { return had(above.available, above.limit); });
}

// Page cache counts: who is at its limit reclaims, and waits for that, though there is room.
bool none_above_was_full(const MemoryAround& around) {
  return std::ranges::all_of(around.above,
                             [](const auto& above) { return above.limit - above.used >= margin_of(above.limit); });
}

}  // namespace

HiddenLimit::HiddenLimit(SharedArea& area) : HiddenLimit(area, {[] { return look_around(); }, direct_reclaims_now}) {}

HiddenLimit::HiddenLimit(SharedArea& area, Machine machine) : area_(area), machine_(std::move(machine)) {}

Bytes HiddenLimit::limit() const {
  const Bytes learnt = area_.hidden.limit;
  return learnt > Bytes{} ? learnt : Bytes::unlimited();
}

bool HiddenLimit::look(const Seen& seen) {
  std::erase_if(recent_, [&](const Seen& old) { return seen.at - old.at > kLookBack; });
  recent_.push_back(seen);
  if (const auto kills = new_kills(seen); kills > 0) {
    begin_watch(seen);
    return on_kills(seen, kills);
  }
  return watch_stalls(seen);
}

std::uint64_t HiddenLimit::new_kills(const Seen& seen) {
  auto& known = area_.hidden;
  if (!seen.events) {
    const std::uint32_t kills = area_.outside_kills;
    return kills - std::exchange(known.outside_kills_seen, kills);
  }
  if (std::exchange(known.ooms_seen, seen.events->oom) != seen.events->oom) own_limit_hit_at_ = seen.at;
  const std::uint64_t before = std::exchange(known.kills_seen, seen.events->oom_kill);
  if (own_limit_hit_at_ && seen.at - *own_limit_hit_at_ <= kKillFollows) return 0;
  return seen.events->oom_kill - std::min(before, seen.events->oom_kill);
}

bool HiddenLimit::on_kills(const Seen& seen, std::uint64_t kills) {
  Bytes hit = std::ranges::max_element(recent_, {}, &Seen::used)->used;
  // A supervisor that came after the kill saw nothing before it.
  if (recent_.size() == 1) hit = std::max(hit, area_.peak.load());
  const auto around = machine_.look();
  if (!around || !all_had_room(*around, std::max(hit - seen.used, Bytes{}))) return false;
  area_.hidden.kills += static_cast<std::uint32_t>(kills);
  return learn(limit().is_unlimited() ? hit : std::min(hit, kAgain * limit()), hit);
}

bool HiddenLimit::learn(Bytes most, Bytes hit) {
  most = std::max(most, kSmallestLimit);
  if (most >= limit()) return false;
  if (area_.hidden.limit.load() == Bytes{}) area_.hidden.hit = hit;
  area_.hidden.limit = most;
  return true;
}

void HiddenLimit::begin_watch(const Seen& seen) { base_ = {seen, machine_.direct_reclaims().value_or(0), seen.used}; }

// Judges every 2 s, from one look at the machine to the next.
bool HiddenLimit::watch_stalls(const Seen& seen) {
  if (!base_ || !same_hits(base_->seen, seen)) {
    begin_watch(seen);
    return false;
  }
  base_->least = std::min(base_->least, seen.used);
  const Duration span = seen.at - base_->seen.at;
  if (span < kWatch) return false;
  const Duration stalled = seen.stalled.value_or(Duration{}) - base_->seen.stalled.value_or(Duration{});
  bool learnt = false;
  if (seconds(stalled) >= kStood * seconds(span) && throttled_from_outside(seen)) {
    area_.hidden.throttled = true;
    learnt = learn(kBelowThrottled * seen.used, seen.used);
  } else if (!area_.hidden.throttled && seconds(stalled) < kMoved * seconds(span) && base_->least > limit()) {
    // What was had for so long in peace may be had. Above a memory.high there is no peace, also where the kernel tells
    // of stalls late.
    area_.hidden.limit = base_->least;
  }
  begin_watch(seen);
  return learnt;
}

bool HiddenLimit::throttled_from_outside(const Seen& seen) const {
  if (!seen.events) return false;
  const auto refaults = static_cast<double>(seen.refaults - std::min(base_->seen.refaults, seen.refaults));
  const bool few = refaults <= kFewRefaults * seconds(seen.at - base_->seen.at);
  if (!few && seen.direct_scans <= base_->seen.direct_scans) return false;
  const auto reclaims = machine_.direct_reclaims();
  if (!reclaims || *reclaims != base_->direct_reclaims) return false;
  const auto around = machine_.look();
  return around && all_had_room(*around, {}) && none_above_was_full(*around);
}

std::string hidden_limit_text(const SharedArea& area) {
  const auto& learnt = area.hidden;
  const Bytes limit = learnt.limit;
  if (limit <= Bytes{}) return {};
  const std::uint32_t kills = learnt.kills;
  const std::string what =
      kills == 0 ? std::string("slowed the build down until it stood")
                 : fmt::format("ended {} of it", kills == 1 ? "a process" : fmt::format("{} processes", kills));
  return fmt::format(
      "a limit above this build that cannot be seen from here {} when {} were used; from then on the build was kept "
      "below {}. --memory {}MiB keeps the next one there from its start.",
      what, to_text(learnt.hit), to_text(limit), limit.count >> 20U);
}

}  // namespace memguard::supervisor
