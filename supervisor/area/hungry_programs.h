// Programs that no list names and that were seen to need memory: they are held at birth from then on, like compilers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "supervisor/area/job_facts.h"

namespace memguard::supervisor {

/// A table in the memory that front and supervisor share. The front fills it from history before it forks; from then on
/// the supervisor writes, and the front reads at each exec. Entries stay where they are, so a reader never waits.
class HungryPrograms {
 public:
  static constexpr std::size_t kMost = 256;
  /// So many jobs of a program in a row that needed little, and it is no longer held at birth.
  static constexpr int kSmallOnes = 16;

  /// The place of a program by its key (job::program_key), a new one when it has none; nothing when the table is full.
  std::optional<std::size_t> add(std::string_view key);
  /// True when the program is to be a job from its exec on.
  [[nodiscard]] bool holds(std::string_view key) const;
  /// A job of the program at `place` has ended, or was found: whether it needed enough to be worth managing.
  void note(std::size_t place, bool hungry);

 private:
  struct Entry {
    FixedText<32> key;
    std::atomic<int> small_ones;
  };
  [[nodiscard]] const Entry* find(std::string_view key) const;

  std::array<Entry, kMost> entries_;
  std::atomic<std::uint32_t> count_;
};

}  // namespace memguard::supervisor
