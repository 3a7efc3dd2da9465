// When jobs that ran before have how much memory, so that those may run together whose peaks do not come together.
//
// Reserving what everybody needs at its peak is right only where nobody knows when that comes: two jobs of 250 MiB that
// have it in the last fifth of their lives run side by side in 450 MiB when one started half a life later.
#pragma once

#include <cstdint>

#include "policy/settings.h"
#include "policy/view.h"

namespace memguard::policy {

/// The most that a job will have between two times from now, if it goes as its course says when it does not
/// wait for a processor, give or take `slack` of its life; nothing when it has ended by then. Only for one with a
/// course.
[[nodiscard]] Bytes most_between(const Job& job, Duration from, Duration to, double slack);

/// What the courses of all that have memory say of a waiting job that is to start beside them.
enum class Together : std::uint8_t {
  open,   ///< nothing: one of them has none, or memory in swap; or they may have more than the budget and are many
  fit,    ///< at no time of its life they have more than the budget, each of them late or early by `course_slack`
  clash,  ///< they may have more at some time, and are few (`few_in_full`)
};
/// `job` waits, and is of the view.
[[nodiscard]] Together together(const View& view, const Job& job, const Settings& settings);

}  // namespace memguard::policy
