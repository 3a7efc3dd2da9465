// How a job ended, and who ended it.
#pragma once

#include <functional>

#include "report/run_report.h"

namespace memguard::supervisor {

/// What is known when a job has ended.
struct EndSigns {
  /// Its exit status could be read: its parent has not asked for it yet.
  bool seen = false;
  /// The signal that ended it, when `seen`; 0: it exited.
  int signal = 0;
  /// Its process is a zombie or gone; false: it is still to die.
  bool dead = true;
  /// Its family was to be killed by us (JobRecord::evicted).
  bool evicted = false;
  /// The build was told to end, and what is left of it is being killed by us (SharedArea::interrupted, killing).
  bool interrupted = false;
  bool killing = false;
  /// Memory has ended its family already (Families::ended_by_memory).
  bool family_lost = false;
  /// A shim is there that will ask what to do.
  bool shim_asks = false;
};

/// What became of a job.
struct JobEnd {
  report::Outcome outcome{};
  report::Killer killer = report::Killer::none;
  /// Memory ended it, and nobody has noted that of its family yet.
  bool for_memory = false;
  /// The rest of its family, when that is worth restarting, only waits for it to fail.
  bool rest_waits = false;
};

/// `killed_by` is asked at most once, and only of a job that memory may have ended: it claims a kill of the kernel or
/// of another's daemon (KillLedger::claim), and says none when there was none.
[[nodiscard]] JobEnd judge_end(const EndSigns& signs, const std::function<report::Killer()>& killed_by);

}  // namespace memguard::supervisor
