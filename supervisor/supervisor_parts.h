// What the front hands over to each supervisor.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "cgroup/home.h"
#include "history/remembered.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/memory/run_limit.h"
#include "supervisor/stop/stops.h"

namespace memguard::supervisor {

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
  /// Where texts for a unit's STATUS go (ServiceManager::writer); -1: nobody listens.
  int unit_fd = -1;
  /// What is run.
  const std::vector<std::string>& command;
};

}  // namespace memguard::supervisor
