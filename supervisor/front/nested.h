// Where memguard does not guard, and becomes the command: inside a build that it guards already, and where it cannot
// see processes.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace memguard::supervisor {

/// True when a guarded run (MEMGUARD_RUN=PID:RANDOM) encloses this process: its front is one of our ancestors. A
/// variable that merely leaked from a run that is over, or from another one, does not count.
[[nodiscard]] bool inside_guarded_run();

/// A value for MEMGUARD_RUN, of a run whose front is this process.
[[nodiscard]] std::string new_run_id();

/// Becomes the command inside a guarded run, whose memguard decides about its jobs: says of the options that mean
/// nothing here that they do not (but for `--quiet`). 125 where the tier is required that the run around it has not.
/// The file of `--json` gets a report::InnerRun, so that no older report stands there.
[[nodiscard]] int become_inner(const config::Config& config, const std::vector<std::string>& command);

/// Becomes the command (execvp). Returns only when that fails: 126 or 127, after a message.
[[nodiscard]] int become(const std::vector<std::string>& command);

/// The same where /proc is not ours (own_proc.h) and no other is to be had, for the reason `error`: after a line that
/// says so. 125 instead where a tier is required.
[[nodiscard]] int become_unguarded(const config::Config& config, const std::vector<std::string>& command,
                                   const Error& error);

/// Why nothing can be guarded where there is no /proc (proc_is_missing), with the remedy.
[[nodiscard]] Error missing_proc();
/// The same as become_unguarded for that reason.
[[nodiscard]] int become_without_proc(const config::Config& config, const std::vector<std::string>& command);

}  // namespace memguard::supervisor
