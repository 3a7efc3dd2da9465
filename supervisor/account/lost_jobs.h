// What is said of jobs that memory ended for good.
#pragma once

#include <string>
#include <vector>

#include "cgroup/home.h"
#include "config/config.h"
#include "report/run_report.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// To be called when the build has ended. A job that memory killed and that was to be started again is lost when it was
/// not: its shim never asked, because what it ran ended by itself.
void note_lost(SharedArea& area);

/// A line for each lost job: what it was, what it used, who ended it, the limit and where that came from, and what to
/// try. Also one for each job that somebody's SIGKILL ended, which may have been a guard of user space (systemd-oomd
/// leaves a mark on the cgroup, earlyoom only its journal), and for each that we ended with the command. Of jobs of one
/// family and class that died alike the largest stands for all. At most five, then how many more. `run` is the report
/// of the same run.
[[nodiscard]] std::vector<std::string> tell_lost(SharedArea& area, const config::Config& config,
                                                 const report::RunReport& run, const cgroup::Home& home);

}  // namespace memguard::supervisor
