// Finds jobs without the exec gate (`--no-gate`, seccomp refused): by looking at the build's processes each sample.
// What it finds already runs, so it can be frozen but not held at birth.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

class JobScan {
 public:
  /// `front` is the ancestor of the whole build. The config must outlive it.
  JobScan(const config::Config& config, pid_t front) : config_(config), front_(front) {}

  /// Processes that became a job since the last call and belong to none that is known, parents first.
  [[nodiscard]] std::vector<ExecFacts> new_jobs(const LiveJobs& jobs);

 private:
  const config::Config& config_;
  pid_t front_;
};

/// The same for one that is a job because of its size, of class `other`. `program` is what it was executed by.
[[nodiscard]] ExecFacts facts_of_found(const proc::Stat& process, std::string_view program);
/// The "NAME=value" strings that a process was started with; none when they cannot be read.
[[nodiscard]] std::vector<std::string> environment_of(pid_t pid);
/// The path of the file that a process runs; empty when it cannot be read.
[[nodiscard]] std::string program_of_process(pid_t pid);

/// Reads a process's program and arguments from /proc/PID/cmdline and describes it as the gate would; nothing when it
/// is no job.
[[nodiscard]] std::optional<ExecFacts> facts_of_process(const config::Config& config, const proc::Stat& process);

}  // namespace memguard::supervisor
