// A command's output, without ever waiting for good.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace memguard::proc {

/// What `command` (looked for in PATH) writes to stdout, in our own environment and in `folder` (empty: the working
/// directory), with nothing to read on stdin and its stderr dropped. Its status is not asked for: what it wrote tells.
/// When `patience` is over, or after 64 MiB, it is killed, and that is an error, as is a command that cannot be
/// started.
[[nodiscard]] Result<std::string> output_of(const std::vector<std::string>& command, Duration patience,
                                            const std::string& folder = {});

}  // namespace memguard::proc
