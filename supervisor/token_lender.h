// The supervisor's use of the jobserver: tokens of those that are stopped are lent to those that run, and tokens that a
// killed rustc held are put back.
#pragma once

#include "supervisor/jobserver.h"
#include "supervisor/live_jobs.h"

namespace memguard::supervisor {

class TokenLender {
 public:
  /// `server` null: the jobserver is not ours, and nothing happens. `processors`: as many tokens are lent at most.
  TokenLender(const Jobserver* server, SharedArea& area, const LiveJobs& jobs, int processors)
      : server_(server), area_(area), jobs_(jobs), most_(processors) {}

  /// Notes what each running rustc holds, twice a second while something is stopped and somebody may so be killed, and
  /// lends as many tokens as the stopped families hold: each one by its cargo, and those of its codegen threads.
  void sampled(Instant now);
  /// A job has ended. One that was killed could not give its tokens back.
  void ended(const JobRecord& job) const;

 private:
  [[nodiscard]] int held_by_stopped() const;
  void note();

  const Jobserver* server_;
  SharedArea& area_;
  const LiveJobs& jobs_;
  int most_;
  Instant noted_at_{};
};

}  // namespace memguard::supervisor
