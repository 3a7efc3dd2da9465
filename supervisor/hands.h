// Carries a decision out, action by action. What may sleep goes to the workers.
#pragma once

#include "cgroup/home.h"
#include "policy/decision.h"
#include "supervisor/live/close_look.h"
#include "supervisor/loop/worker.h"
#include "supervisor/restart/restarter.h"
#include "supervisor/stop/explain.h"
#include "supervisor/stop/reclaimer.h"
#include "supervisor/stop/stops.h"
#include "supervisor/tell/timeline_recorder.h"
#include "supervisor/tokens/token_pool.h"

namespace memguard::supervisor {

class Hands {
 public:
  struct Parts {
    const cgroup::Home& home;
    const Explainer& explainer;
    LiveJobs& jobs;
    Stops& stops;
    Restarter& restarter;
    Reclaimer& reclaimer;
    TokenPool& tokens;
    CloseLook& close_look;
    /// Where memory.high is written: a lower one reclaims before the write returns.
    Worker& limit_worker;
  };

  /// What the parts refer to must outlive it.
  explicit Hands(const Parts& parts) : parts_(parts), timeline_(parts.jobs.area().timeline, parts.jobs) {}

  /// All of a decision, in order; freezes first and together, because each takes a look at every process. A job that
  /// has ended meanwhile is passed over. What was seen and done goes into the timeline.
  void carry_out(const policy::Observation& seen, const policy::Decision& decision, Instant now);
  /// Writes memory.high of the build. Nothing happens where there is no such file.
  void set_high(Bytes high);

 private:
  void apply(const policy::Action& action, Instant now);
  void admit(const policy::Admit& admit, Instant now);
  void hold(const policy::Hold& hold, Instant now);

  Parts parts_;
  TimelineRecorder timeline_;
};

}  // namespace memguard::supervisor
