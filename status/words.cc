#include <array>

#include "status/run_status.h"

namespace memguard::status {

std::string_view word(JobState state) {
  switch (state) {
    case JobState::held:
      return "held";
    case JobState::running:
      return "running";
    case JobState::frozen:
      return "frozen";
    case JobState::evicting:
      return "evicting";
    case JobState::restarting:
      return "restarting";
  }
  return "unknown";
}

std::string_view to_text(JobState state) { return state == JobState::evicting ? "being evicted" : word(state); }

std::optional<JobState> state_of(std::string_view text) {
  constexpr std::array kStates{JobState::held, JobState::running, JobState::frozen, JobState::evicting,
                               JobState::restarting};
  for (const JobState state : kStates) {
    if (word(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace memguard::status
