// Answers those who look at a run from another terminal, and does what they ask: through policy, so that its promises
// hold, or not at all, with the reason.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "status/reply.h"
#include "status/request.h"
#include "supervisor/build_pause.h"
#include "supervisor/memory/movable_limit.h"
#include "supervisor/supervisor_parts.h"
#include "supervisor/tell/status_board.h"
#include "supervisor/tell/status_server.h"

namespace memguard::supervisor {

class Desk {
 public:
  struct Parts {
    const SupervisorParts& run;
    EventLoop& loop;
    LiveJobs& jobs;
    const Restarter& restarter;
    const BuildPause& pause;
    /// Where a lower memory.max is written: that reclaims before it returns.
    Worker& limit_worker;
    /// Takes a step of policy now.
    std::function<void()> decide;
  };

  /// What the parts refer to must outlive it.
  explicit Desk(Parts parts);

  /// Serves from now on. What goes wrong is told once: a build is not ended because nobody can look at it.
  void watch();
  /// To be called with each step of policy.
  void stepped(const policy::Observation& seen, const policy::Decision& decision);

  /// The reply to a line of the protocol.
  [[nodiscard]] std::string answer(std::string_view line);

 private:
  [[nodiscard]] std::string look();
  [[nodiscard]] Result<status::Done> carry_out(const status::Request& request);
  [[nodiscard]] Result<status::Done> move_limit(Bytes wanted);
  [[nodiscard]] Result<LiveJob*> job_of(const status::Request& request);
  [[nodiscard]] Result<status::Done> let_go(LiveJob& job);
  [[nodiscard]] Result<status::Done> freeze(LiveJob& job);
  [[nodiscard]] Result<status::Done> evict(LiveJob& job);
  [[nodiscard]] Status wish(LiveJob& job, policy::Wish wish);
  [[nodiscard]] std::string label(const LiveJob& job) const;

  Parts parts_;
  StatusBoard board_;
  MovableLimit limit_;
  StatusServer server_;
  std::string command_;
  std::string folder_;
  /// Wishes that the last step did not grant.
  std::vector<policy::Refused> denied_;
  /// The last reply to `status`, for all who ask in the same moment.
  std::string shown_;
  Moment shown_at_;
};

}  // namespace memguard::supervisor
