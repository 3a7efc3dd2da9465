// memguard inside a build that memguard guards already.
#pragma once

#include <string>
#include <vector>

namespace memguard::supervisor {

/// True when a guarded run (MEMGUARD_RUN=PID:RANDOM) encloses this process: its front is one of our ancestors. A
/// variable that merely leaked from a run that is over, or from another one, does not count.
[[nodiscard]] bool inside_guarded_run();

/// Becomes the command (execvp). Returns only when that fails: 126 or 127, after a message.
[[nodiscard]] int become(const std::vector<std::string>& command);

}  // namespace memguard::supervisor
