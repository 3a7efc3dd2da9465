// The supervisor: observe, step, apply. One process, forked from the front, with an event loop, and workers for what
// may sleep. The build survives its death: jobs, their ages and what was begun for them are in the shared area.
#pragma once

#include "supervisor/supervisor_parts.h"

namespace memguard::supervisor {

/// Runs until the area says the command has finished; 0, or 125 when it could not start. A supervisor that follows a
/// dead one takes its jobs over.
[[nodiscard]] int run_supervisor(const SupervisorParts& parts);

}  // namespace memguard::supervisor
