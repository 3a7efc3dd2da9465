// `memguard run`: the front, parent of the build.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace memguard::supervisor {

/// Runs `command` guarded and gives the exit status memguard is to end with: the command's own, 125 when memguard
/// itself failed, 126 when the command cannot be executed, 127 when it was not found. When a signal ended the command
/// it does not return: memguard then ends by the same signal (`$?` is 128+N).
[[nodiscard]] int run_build(const config::Config& config, const std::vector<std::string>& command);

}  // namespace memguard::supervisor
