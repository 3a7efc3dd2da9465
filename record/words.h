// The words for the policy's enumerations, as recordings and reports have them.
#pragma once

#include <optional>
#include <string_view>

#include "policy/decision.h"

namespace memguard::record {

/// "fits", "no_room": the name in the source.
[[nodiscard]] std::string_view word(policy::Cause cause);
/// Nothing for a word that is none of them; likewise below.
[[nodiscard]] std::optional<policy::Cause> cause_of(std::string_view word);
/// "go", "stop", "evict", "none".
[[nodiscard]] std::string_view word(policy::Wish wish);
/// By its word.
[[nodiscard]] std::optional<policy::Wish> wish_of(std::string_view word);
/// Who predicted a peak.
[[nodiscard]] std::string_view word(policy::PredictedBy source);
/// By its word.
[[nodiscard]] std::optional<policy::PredictedBy> predicted_by_of(std::string_view word);
/// "waiting", "running", "frozen".
[[nodiscard]] std::string_view word(policy::JobState state);
/// By its word.
[[nodiscard]] std::optional<policy::JobState> state_of(std::string_view word);

}  // namespace memguard::record
