// The kernel's own words about whom it killed for memory: the one place that names a process nobody watched.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace memguard::proc {

/// From the two records that mm/oom_kill.c writes for each victim (dump_oom_summary, since 5.0, and
/// __oom_kill_process).
struct LoggedKill {
  /// In the first pid namespace.
  pid_t pid = 0;
  /// Its comm, as the kernel escaped it: bytes that a terminal obeys are gone, but not everything that is unprintable.
  std::string program;
  /// Its cgroup, from the root of the hierarchy.
  std::string group;
  /// anon-rss + shmem-rss.
  Bytes memory;
  /// After boot, by the clock of printk, which is CLOCK_MONOTONIC within milliseconds.
  Duration at{};
};

/// Records as /dev/kmsg gives them ("6,339,5140900,-;text"), one a line. All others, and halves of a pair, are passed
/// over.
[[nodiscard]] std::vector<LoggedKill> parse_kills(std::string_view records);

/// Reads what the kernel still has. Errors: EPERM where only root may (kernel.dmesg_restrict=1), ENOENT in most
/// containers.
[[nodiscard]] Result<std::vector<LoggedKill>> read_kills();

}  // namespace memguard::proc
