// Why the command could not be executed, for whoever typed it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace memguard::supervisor {

/// The error of an execvp(3) of `command` that failed with this errno, with the likely cause where one is seen: an
/// interpreter or a loader that is missing (execve(2) says ENOENT then, though the file is there), a whole line or a
/// variable in place of a program's name, a folder, a file without the right to execute it. Looks at files as they are
/// now, from our working directory and PATH.
[[nodiscard]] Error exec_error(const std::vector<std::string>& command, int code);

}  // namespace memguard::supervisor
