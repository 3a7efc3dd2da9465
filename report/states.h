// The words for what a job does. Internal to report/.
#pragma once

#include <array>
#include <string_view>

#include "report/timeline.h"

namespace memguard::report {

constexpr std::array<std::string_view, kStates> kStateWords{"arrived", "runs", "held", "frozen", "evicted"};
static_assert(!kStateWords.back().empty());

/// As --json has it.
[[nodiscard]] constexpr std::string_view word_of(State state) {
  return kStateWords.at(static_cast<std::size_t>(state));
}

}  // namespace memguard::report
