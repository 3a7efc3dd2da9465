// One execve as its caller asked for it, read from the caller's memory while it waits.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/remote_memory.h"

namespace memguard::gate {

/// Where the arguments of an exec lie in its caller: execve(2) and execveat(2) of all architectures made one.
struct ExecArguments {
  /// Of the folder a relative path starts from: a descriptor of the caller, or AT_FDCWD.
  int dirfd = 0;
  std::uint64_t path = 0;
  std::uint64_t argv = 0;
  std::uint64_t envp = 0;
  /// AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW.
  int flags = 0;
  /// 4 for a 32-bit caller.
  std::size_t pointer_size = 8;
};

/// Sorts out the registers of a notification by its architecture (linux/audit.h) and call number.
[[nodiscard]] ExecArguments exec_arguments(const seccomp_data& call);

/// The path an exec names, as the caller gave it; for fexecve(3) the file behind the descriptor.
[[nodiscard]] Result<std::string> read_path(pid_t thread, const ExecArguments& arguments, RemoteMemory& memory);

/// The file that `path` leads to for the caller, behind all links: "/usr/lib/llvm-14/bin/clang" of "/usr/bin/cc". In
/// another mount namespace only its name is sure. Empty when there is none, or we may not look.
[[nodiscard]] std::string file_behind(pid_t thread, const ExecArguments& arguments, const std::string& path);

/// True when `path` is a regular file with an execute bit, seen from the caller's own root and working folder: execvp
/// tries each folder of PATH in turn, and only the attempt that can succeed is a job. Also true when we may not look.
[[nodiscard]] bool can_be_executed(pid_t thread, const ExecArguments& arguments, const std::string& path);

/// True when `path` names the file for whoever executes it later, in the same folder and root: it is no descriptor, nor
/// what /proc says of the caller. And when that is an ELF program of this machine's word size, or a script.
[[nodiscard]] bool can_be_executed_again(pid_t thread, const ExecArguments& arguments, const std::string& path);

/// "rustc" of "/usr/bin/rustc".
[[nodiscard]] std::string_view program_name(std::string_view path);
/// The same, but "rust-lld" of rustc's own "gcc-ld/ld.lld" and its siblings there, which become that: it needs half of
/// what the ld.lld of a distribution does.
[[nodiscard]] std::string_view program_started(std::string_view path);

}  // namespace memguard::gate
