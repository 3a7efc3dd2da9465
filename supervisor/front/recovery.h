// What the front does when the supervisor is dead: nothing may stay stopped, and no exec unanswered.
#pragma once

#include "cgroup/home.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// Writes 0 to cgroup.freeze of every leaf, takes memory.high away (a build without a supervisor must not be
/// throttled), and continues the stopped processes of tier `signal`.
void thaw_everything(const cgroup::Home& home, SharedArea& area);

/// Answers CONTINUE for every exec that waits for a supervisor, and frees its slot. Answering what the dead supervisor
/// had answered already is harmless (ENOENT).
void answer_everything(SharedArea& area, int listener);

}  // namespace memguard::supervisor
