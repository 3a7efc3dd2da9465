// Which compiles and links may be run a second time when memory has ended the first.
#pragma once

#include <string_view>

#include "job/arguments.h"

namespace memguard::job {

/// True when running this call again, after it was killed at any moment, leaves what running it once leaves: everything
/// it reads is still there, and everything it writes is written anew. `path` is what is executed, `arguments` begins
/// with the zeroth, `environment` has "NAME=value" strings.
///
/// Compilers and linkers that are known (job/programs.h), when they
/// - read no standard input and name no descriptor: what has been read is gone;
/// - write files, and nothing to standard output: whoever reads that has the beginning twice;
/// - do not write what they also read (`ld -r -o a.o a.o b.o`), nor change a file in its place (gold's --incremental);
/// - load no plugin that is not the compiler's own, and talk to no module server: nobody knows what those have done;
/// - take no tokens of make's jobserver (lto-wrapper does): a killed one takes them along.
///
/// Of a clang that only links its own options decide, and those that it passes on to its linker (-Wl,...).
///
/// Never test binaries, nor what prints as it goes or runs other people's code (ghc, javac, rustdoc, clang-tidy).
[[nodiscard]] bool may_run_again(std::string_view path, const Strings& arguments, const Strings& environment);

}  // namespace memguard::job
