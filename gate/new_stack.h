// What the kernel puts on the stack of a new program (fs/binfmt_elf.c, create_elf_tables), read from outside before its
// first instruction.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace memguard::gate {

/// Addresses in a process, as execve(2) takes them.
struct ExecWords {
  std::uint64_t path = 0;
  std::uint64_t argv = 0;
  std::uint64_t envp = 0;
};

/// Writes below the stack of `process`, which has not run yet, what makes it execute `guide` with the arguments
/// `guide`, `option`, the path of the program that it is, and that one's arguments from the zeroth on; of a script its
/// own, not its interpreter's. `stack` is its stack pointer. Nothing when it cannot be read or written, has more than
/// some thousand arguments and variables, or was executed by a descriptor. For 64-bit processes.
[[nodiscard]] std::optional<ExecWords> guide_words(pid_t process, std::uint64_t stack, const std::string& guide,
                                                   const std::string& option);

}  // namespace memguard::gate
