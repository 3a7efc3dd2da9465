// How an exec becomes a job: whose it is, which family it joins, and who has to know of it. In the supervisor.
#pragma once

#include <functional>

#include "base/units.h"
#include "config/config.h"
#include "supervisor/intake/found_jobs.h"
#include "supervisor/intake/predictor.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/live/starters.h"
#include "supervisor/memory/oom_rank.h"
#include "supervisor/restart/restarter.h"
#include "supervisor/stop/stops.h"
#include "supervisor/tokens/token_pool.h"

namespace memguard::supervisor {

class Arrivals {
 public:
  struct Parts {
    SharedArea& area;
    const config::Config& config;
    /// The limit, of which a part is worth managing.
    Bytes wall;
    LiveJobs& jobs;
    FoundJobs& found;
    Restarter& restarter;
    Starters& starters;
    TokenPool& tokens;
    Predictor& predictor;
    OomRank& oom_rank;
    Stops& stops;
  };

  /// What the parts refer to must outlive it. `added` is called with each new job, before anybody else knows it.
  Arrivals(const Parts& parts, std::function<void(LiveJob&)> added) : parts_(parts), added_(std::move(added)) {}

  /// An exec that was read and waits in `slot` (SlotState::taken). It is a new job, whose answer policy decides; or it
  /// belongs to a known job and is answered; or there is no room for it and it is answered too.
  void take_in(GateSlot& slot, Instant now);
  /// An exec that went on unread, and is done. What has become a job is decided as any other.
  void take_late(const ExecFacts& facts, Instant now);
  /// A process that runs already and was found by looking. Nothing when it is a job's own, or there is no room for it.
  LiveJob* take_running(const ExecFacts& facts, Instant now);

 private:
  [[nodiscard]] bool is_tool_of(const Kinship& kin, const ExecFacts& facts) const;
  [[nodiscard]] bool joins_known_job(const ExecFacts& facts, const Kinship& kin) const;
  void answer_known(GateSlot& slot, const Kinship& kin);
  LiveJob* add(const ExecFacts& facts, const Kinship& kin, Instant now);

  Parts parts_;
  std::function<void(LiveJob&)> added_;
};

}  // namespace memguard::supervisor
