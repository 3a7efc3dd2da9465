// The words for the policy's enumerations, as recordings and reports have them.
#pragma once

#include <optional>
#include <string_view>

#include "policy/decision.h"

namespace memguard::record {

[[nodiscard]] std::string_view word(policy::Cause cause);
[[nodiscard]] std::optional<policy::Cause> cause_of(std::string_view word);
[[nodiscard]] std::string_view word(policy::Wish wish);
[[nodiscard]] std::optional<policy::Wish> wish_of(std::string_view word);
[[nodiscard]] std::string_view word(policy::PredictedBy source);
[[nodiscard]] std::optional<policy::PredictedBy> predicted_by_of(std::string_view word);
[[nodiscard]] std::string_view word(policy::JobState state);
[[nodiscard]] std::optional<policy::JobState> state_of(std::string_view word);

}  // namespace memguard::record
