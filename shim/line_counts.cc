#include "shim/line_counts.h"

#include <cstdlib>
#include <utility>

namespace memguard::shim {
namespace {

constexpr std::size_t kFirstCapacity = 64;

// FNV-1a: rustc's messages are small, and nobody gains by forging a collision with his own compiler's.
std::uint64_t hash_of(std::string_view line) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : line) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 ? 1 : hash;
}

}  // namespace

LineCounts::~LineCounts() { std::free(entries_); }

void LineCounts::expect_again() {
  for (std::size_t i = 0; i < capacity_; ++i) entries_[i].expected = entries_[i].passed;
}

bool LineCounts::was_passed_on(std::string_view line) {
  if (2 * used_ >= capacity_) grow();
  const std::uint64_t hash = hash_of(line);
  Entry& entry = entry_of(hash);
  if (entry.hash == 0) {
    entry.hash = hash;
    ++used_;
  }
  if (entry.expected > 0) {
    --entry.expected;
    return true;
  }
  ++entry.passed;
  return false;
}

LineCounts::Entry& LineCounts::entry_of(std::uint64_t hash) {
  std::size_t at = hash & (capacity_ - 1);
  while (entries_[at].hash != 0 && entries_[at].hash != hash) at = (at + 1) & (capacity_ - 1);
  return entries_[at];
}

void LineCounts::grow() {
  Entry* const old = entries_;
  const std::size_t old_capacity = capacity_;
  capacity_ = old_capacity == 0 ? kFirstCapacity : 2 * old_capacity;
  entries_ = static_cast<Entry*>(std::calloc(capacity_, sizeof(Entry)));
  if (entries_ == nullptr) std::abort();
  for (std::size_t i = 0; i < old_capacity; ++i) {
    if (old[i].hash != 0) entry_of(old[i].hash) = old[i];
  }
  std::free(old);
}

}  // namespace memguard::shim
