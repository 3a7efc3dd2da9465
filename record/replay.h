// Deciding again what was decided.
#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <optional>
#include <string>

#include "record/record.h"

namespace memguard::record {

/// A step in which something else was decided.
struct Difference {
  std::size_t line = 0;
  Instant at{};
  std::string recorded;
  std::string decided;
};

/// What a replay found.
struct Replayed {
  std::size_t steps = 0;
  /// How many supervisors there were: one more than died.
  std::size_t governors = 0;
  std::size_t different = 0;
  std::optional<Difference> first;
  /// The file ends in the middle of a line: the run was killed, or there was no room.
  bool cut = false;
};

/// Called after each step with what was recorded and what was decided now.
using EachStep = std::function<void(const Stepped& recorded, const policy::Decision& decided)>;

/// Shows a governor what the recorded one was shown, with the same settings, and compares what they decide, byte for
/// byte as they are written. Refused: what is no recording, another version, a damaged line; errors begin with the
/// line. A line that a supervisor's death cut off is no damage.
[[nodiscard]] Result<Replayed> replay(std::istream& file, const EachStep& each = {});

}  // namespace memguard::record
