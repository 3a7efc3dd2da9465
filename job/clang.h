// What a call of clang's driver does itself, and what it leaves to others.
#pragma once

#include <string_view>

#include "job/arguments.h"

namespace memguard::job {

/// True of `clang`, `clang++` and `clang-cl` (known_program's names).
[[nodiscard]] bool is_clang_driver(std::string_view name);

/// Whether the process of this call compiles. A driver with one thing to do does it in its own process (clang's
/// Driver/Job.cpp, CC1Command); with several it forks a `clang -cc1` or `clang -cc1as` for each, and those compile.
/// False also when it links, preprocesses, prints something, or reads standard input, as a configure script's probes
/// do.
///
/// `name` is the driver's: clang-cl's options may begin with '/'. What a response file says is not known here: with -c
/// beside it, it names the source.
[[nodiscard]] bool clang_compiles(std::string_view name, const Strings& arguments);

/// Whether the process of this call starts a linker and does nothing else: it waits for that with what it has (12 MiB
/// of clang 14). False of clang-cl, and where a response file may have anything.
[[nodiscard]] bool clang_links(std::string_view name, const Strings& arguments);

}  // namespace memguard::job
