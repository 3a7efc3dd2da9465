// Rules 8, 9, 12 and 13: who of those that wait may start, and what the others wait for.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// As many of its group have memory as the user allows. For a job of the oldest family only those that run count:
/// what is frozen ends after it.
[[nodiscard]] bool group_full(const View& view, const Job& job, bool of_oldest);
/// Admits what fits of those that wait, and notes in Step::refused why the others do not.
void admit_waiting(Step& step);
/// Admits the oldest that waits when nothing has memory.
void start_something(Step& step);
/// Answers who still waits, and says what for.
void hold_rest(Step& step);

}  // namespace memguard::policy
