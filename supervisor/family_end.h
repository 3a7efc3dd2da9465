// Ending a family as a whole, so that nothing of it still writes a file when it is started again.
#pragma once

#include <sys/types.h>

#include <vector>

#include "proc/process.h"

namespace memguard::supervisor {

/// Where a family's processes are to be found.
struct FamilyTree {
  /// Stays: it starts the family again.
  proc::Identity shim;
  /// The ancestor of the whole build.
  pid_t front = 0;
  /// The processes of its jobs.
  std::vector<proc::Identity> jobs;
};

/// Its processes: all below the shim (but for daemons, which have a session of their own), all below its jobs, and,
/// when the kernel killed a rustc and left its linker an orphan, the drivers above that (cc, collect2). Without
/// zombies.
[[nodiscard]] std::vector<proc::Identity> processes_of(const FamilyTree& family);

/// Sends SIGKILL to every process of the family, frozen and stopped ones included, such that none is forked that
/// escapes: first all are stopped, again until no new one is found, since a process with a signal pending forks no more
/// (kernel/fork.c copy_process: ERESTARTNOINTR). Gives those it killed.
std::vector<proc::Identity> kill_family(const FamilyTree& family);

}  // namespace memguard::supervisor
