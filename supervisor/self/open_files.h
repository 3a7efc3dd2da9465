// The limit of open files (RLIMIT_NOFILE), and which descriptors are done without where it is low.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <vector>

#include "base/unique_fd.h"

namespace memguard::supervisor {

/// Raises our own limit as far as we may: the soft one to the hard one, and that to the kernel's (fs.nr_open) with
/// CAP_SYS_RESOURCE. Gives what it was, for the build to have again.
rlimit allow_many_files();

/// Some descriptors, to be closed when all others may be used up and something must still be opened.
[[nodiscard]] std::vector<UniqueFd> spare_files();

/// What a descriptor is for that may be done without, and how much of the limit all may take that are opened up to it.
/// What is left is for reading /proc and cgroups, without which nothing could be thawed.
enum class FileUse : unsigned char {
  /// /proc/PID/statm of a job: saves time. Half.
  reading,
  /// The pidfd of a job: without it the sampling loop sees its end. Three quarters.
  end,
  /// Somebody who looks at the run: there are few, and they may come again. Three quarters.
  client,
  /// A shim's connection: without it the family is not started again. Seven eighths.
  shim,
};
/// Whether a descriptor that was opened for that use may be kept.
[[nodiscard]] bool may_keep(const UniqueFd& descriptor, FileUse use);

/// How many leaf cgroups may be kept open; each has up to four descriptors.
[[nodiscard]] std::size_t most_open_leaves();

}  // namespace memguard::supervisor
