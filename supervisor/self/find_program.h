// Where a program is that execvp(3) would start.
#pragma once

#include <string>

namespace memguard::supervisor {

/// PATH of the environment, or where execvp(3) of glibc looks when there is none.
[[nodiscard]] std::string search_path();

/// The file that execvp(3) starts for `name` with this PATH: `name` itself where it has a slash. Empty when there is
/// none that may be executed.
[[nodiscard]] std::string find_program(const std::string& name, const std::string& path);

}  // namespace memguard::supervisor
