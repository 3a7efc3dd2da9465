// The supervisor's side of our jobserver: how many tokens are there for the taking is the policy's decision, and tokens
// that a killed rustc held are put back.
//
// What is stopped holds tokens while its processor stands idle, so as many more may be in circulation as the stopped
// families hold: each one by its cargo, and those of its codegen threads.
#pragma once

#include <optional>

#include "supervisor/jobserver.h"
#include "supervisor/live_jobs.h"

namespace memguard::supervisor {

class TokenPool {
 public:
  /// `server` null: the jobserver is not ours, and nothing happens. `processors`: tokens in circulation while nothing
  /// is stopped, the one included that the build tool has without asking. What is in circulation is in the shared area,
  /// so that whoever follows a dead supervisor knows it.
  TokenPool(const Jobserver* server, SharedArea& area, const LiveJobs& jobs, int processors)
      : server_(server), area_(area), jobs_(jobs), processors_(processors) {}

  /// Notes what each running rustc holds, twice a second while something is stopped and somebody may so be killed.
  void sampled(Instant now);
  /// For the policy; nothing where the jobserver is not ours.
  [[nodiscard]] std::optional<policy::Tokens> look() const;
  /// What the policy decided: so many are to be free.
  void spare(int tokens);
  /// A job has ended. One that was killed could not give its tokens back.
  void ended(const JobRecord& job) const;

 private:
  [[nodiscard]] int held_by_stopped() const;
  void note();

  const Jobserver* server_;
  SharedArea& area_;
  const LiveJobs& jobs_;
  int processors_;
  Instant noted_at_{};
};

}  // namespace memguard::supervisor
