// The supervisor: observe, step, apply. One process, forked from the front, with an event loop and a worker for what
// may sleep. It holds no state that the build could not lose: jobs and their ages are in the shared area.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "cgroup/home.h"
#include "history/remembered.h"
#include "supervisor/run_limit.h"
#include "supervisor/shared_area.h"
#include "supervisor/stops.h"

namespace memguard::supervisor {

/// What the front hands over.
struct SupervisorParts {
  SharedArea& area;
  const cgroup::Home& home;
  const RunLimit& limit;
  /// listener -1: no gate; jobs are found by looking at processes.
  Stops::Gate gate;
  /// Becomes readable when a slot asks, or a flag of the area changed.
  int wake_fd = -1;
  /// The ancestor of the whole build.
  pid_t front = 0;
  /// Class names by policy::ClassId, and the class of a program.
  const config::Config& config;
  /// What each unit needed in builds before; empty without history.
  const history::Remembered& remembered;
  /// Where shims connect (listen_for_shims); -1: there are none.
  int shim_listener = -1;
  /// Where `--record` writes; -1: nowhere.
  int record_fd = -1;
  /// Where those connect who look at the run (status::RunSocket); -1: nobody can.
  int status_listener = -1;
  /// What is run.
  const std::vector<std::string>& command;
};

/// Runs until the area says the command has finished; 0, or 125 when it could not start. A supervisor that follows a
/// dead one takes its jobs over.
[[nodiscard]] int run_supervisor(const SupervisorParts& parts);

}  // namespace memguard::supervisor
