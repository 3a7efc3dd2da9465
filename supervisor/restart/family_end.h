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
/// escapes: first all are stopped, again until no new one is found and none runs any more. A signal alone is not
/// enough: it is held back while its receiver is in the midst of a fork (Linux 4.19, kernel/fork.c copy_process:
/// "delayed"), and only the death of the parent undoes that one. Looks at most 100 times; where a process cannot stop
/// (it waits for a disk) for 0.1 s. Gives those it killed.
std::vector<proc::Identity> kill_family(const FamilyTree& family);

}  // namespace memguard::supervisor
