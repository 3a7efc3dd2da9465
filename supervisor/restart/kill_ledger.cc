#include "supervisor/restart/kill_ledger.h"

#include <fcntl.h>

#include <utility>

#include "base/io.h"
#include "cgroup/leaf.h"
#include "proc/lines.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);

std::uint64_t kills_of(const cgroup::Group& group) {
  const auto events = group.memory_events();
  return events ? events->oom_kill : 0;
}

}  // namespace

std::uint64_t machine_oom_kills() {
  const auto text = read_at(AT_FDCWD, "/proc/vmstat");
  if (!text) return 0;
  const auto lines = proc::pick(*text, ' ', std::array<std::string_view, 1>{"oom_kill"});
  if (!lines || !(*lines)[0]) return 0;
  return to_number<std::uint64_t>(*(*lines)[0]).value_or(0);
}

std::uint64_t KillLedger::count_in(int leaf) const {
  const auto group = cgroup::open_leaf(*home_.build, leaf);
  return group ? kills_of(*group) : 0;
}

std::uint64_t KillLedger::count_shared() const {
  return home_.can().memory ? kills_of(*home_.main) : machine_oom_kills();
}

report::Killer KillLedger::claim(std::span<const int> leaves, Instant now) {
  const std::uint64_t kills = count_shared();
  look(now, kills);
  if (!explain(leaves, kills)) return report::Killer::none;
  const bool ours = limit_hit_at_ && now - *limit_hit_at_ <= kPatience;
  return ours ? report::Killer::limit : report::Killer::outside;
}

bool KillLedger::explain(std::span<const int> leaves, std::uint64_t shared_kills) {
  for (const int leaf : leaves) {
    const auto number = static_cast<std::size_t>(leaf);
    if (!home_.can().memory || leaf < 0 || number >= area_.leaf_kills_explained.size()) continue;
    const auto kills = static_cast<std::uint32_t>(count_in(leaf));
    // memory.oom.group: one event killed all that is in it.
    if (std::exchange(area_.leaf_kills_explained[number], kills) < kills) return true;
  }
  if (shared_kills <= area_.kills_explained) return false;
  ++area_.kills_explained;
  return true;
}

void KillLedger::look(Instant now) { look(now, count_shared()); }

void KillLedger::look(Instant now, std::uint64_t shared_kills) {
  if (home_.can().memory) {
    const auto events = home_.build->memory_events();
    if (events && std::exchange(limit_hits_, events->oom) != events->oom) limit_hit_at_ = now;
  }
  const std::uint64_t kills = unexplained(shared_kills);
  if (kills == 0) {
    unexplained_since_.reset();
  } else if (!unexplained_since_) {
    unexplained_since_ = now;
  } else if (now - *unexplained_since_ > kPatience) {
    write_off(kills);
  }
}

std::uint64_t KillLedger::unexplained(std::uint64_t kills) {
  // The machine has a past.
  if (!area_.kills_known) area_.kills_explained = home_.can().memory ? 0 : kills;
  area_.kills_known = true;
  return kills > area_.kills_explained ? kills - area_.kills_explained : 0;
}

void KillLedger::write_off(std::uint64_t kills) {
  area_.kills_explained += kills;
  area_.kills_unexplained += kills;
}

void KillLedger::close() { write_off(unexplained(count_shared())); }

}  // namespace memguard::supervisor
