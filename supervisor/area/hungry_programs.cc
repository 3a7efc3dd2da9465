#include "supervisor/area/hungry_programs.h"

#include <algorithm>
#include <span>

namespace memguard::supervisor {

const HungryPrograms::Entry* HungryPrograms::find(std::string_view key) const {
  const auto known = std::span(entries_).first(count_.load(std::memory_order_acquire));
  const auto found = std::ranges::find(known, key, [](const Entry& entry) { return entry.key.view(); });
  return found == known.end() ? nullptr : &*found;
}

std::optional<std::size_t> HungryPrograms::add(std::string_view key) {
  if (const Entry* known = find(key)) return static_cast<std::size_t>(known - entries_.data());
  const std::uint32_t place = count_.load(std::memory_order_relaxed);
  if (place >= kMost) return std::nullopt;
  entries_.at(place).key.set(key);
  count_.store(place + 1, std::memory_order_release);
  return place;
}

bool HungryPrograms::holds(std::string_view key) const {
  const Entry* entry = find(key);
  return entry != nullptr && entry->small_ones < kSmallOnes;
}

void HungryPrograms::note(std::size_t place, bool hungry) {
  if (place >= kMost) return;
  auto& small_ones = entries_.at(place).small_ones;
  small_ones = hungry ? 0 : std::min(small_ones + 1, kSmallOnes);
}

}  // namespace memguard::supervisor
