// `memguard simulate --replay`: the decisions of a recorded run, made again.
#pragma once

#include <string>

#include "base/result.h"

namespace memguard::cli {

/// Prints each action that is decided, with its reason, and whether all was as recorded. The exit status: 0, or 1 when
/// something was decided otherwise; the first such step is shown. Errors name the file and the line.
[[nodiscard]] Result<int> replay(const std::string& path);

}  // namespace memguard::cli
