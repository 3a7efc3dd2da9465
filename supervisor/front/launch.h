// The build's first process: made, put in its cgroup, filtered, and only then turned into the command.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>
#include <csignal>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cgroup/home.h"
#include "supervisor/self/own_proc.h"

namespace memguard::supervisor {

struct LaunchPlan {
  std::vector<std::string> command;
  /// Where it starts; null without a cgroup.
  const cgroup::Group* group = nullptr;
  /// Install the exec filter.
  bool gate = true;
  /// Value of MEMGUARD_RUN for the build, by which a memguard inside it knows.
  std::string run_id;
  /// Variables that put the shim before rustc, for where nothing else does (let_go).
  std::vector<std::pair<std::string, std::string>> wrapper;
  /// Variables that the command does not get.
  std::vector<std::string> hidden;
  /// The signal mask of the command.
  sigset_t signal_mask{};
  /// Ours, where the build's /proc is another; else null.
  const OwnProc* own_proc = nullptr;
  /// RLIMIT_NOFILE of the command.
  rlimit open_files{};
};

/// The command, waiting before its exec.
struct Launched {
  pid_t pid = 0;
  /// The exec gate; invalid when there is none.
  UniqueFd listener;
  bool wait_killable = false;
  bool no_new_privs = false;
  /// Why there is no gate although one was wanted.
  std::optional<Error> gate_refused;
  /// Closing it without `go` ends the process.
  UniqueFd go;
  /// Tells the errno of a failed exec; closes when the exec worked.
  UniqueFd exec_error;
};

/// Forks the build's first process and lets it install the filter and try it. It then waits for `let_go`, so that
/// supervisor and keeper can be started before anything of the build runs.
[[nodiscard]] Result<Launched> launch(const LaunchPlan& plan);
/// Turns the waiting process into the command, with the variables of LaunchPlan::wrapper or without. Its exec passes
/// the gate, so somebody must be receiving.
void let_go(Launched& launched, bool with_wrapper);

}  // namespace memguard::supervisor
