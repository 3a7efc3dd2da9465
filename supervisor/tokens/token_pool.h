// The supervisor's side of the jobservers of the build: how many tokens are there for the taking is the policy's
// decision, and tokens that a killed rustc held are put back.
//
// A stopped family holds tokens while its processor stands idle: the one that its cargo took for it, and those of its
// codegen threads. So as many more tokens may be in circulation. This does not hold where cargo was told to start fewer
// jobs than there are processors: a user who asks for one job at a time gets no second one because the first waits.
#pragma once

#include <map>
#include <optional>

#include "supervisor/area/jobserver.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

class TokenPool {
 public:
  /// `front`: the ancestor of the build. `processors`: as many jobs as cargo starts where nobody tells it how many.
  /// What was taken and lent is in the shared area, so that whoever follows a dead supervisor knows it.
  TokenPool(SharedArea& area, const LiveJobs& jobs, pid_t front, int processors);

  /// A job that was told of a jobserver: finds out whose it is. Only one that a cargo of the build made for itself is
  /// looked after; that of a make, or from outside, stays as it is.
  void arrived(const LiveJob& job, const JobserverEnds& ends);
  /// Forgets the jobservers of cargos that have ended, and notes what each running rustc holds, twice a second while
  /// something is stopped and somebody may so be killed.
  void sampled(Instant now);
  /// For the policy, of all jobservers together; nothing where there is none.
  [[nodiscard]] std::optional<policy::Tokens> look() const;
  /// What the policy decided: so many are to be free.
  void spare(int tokens);
  /// A job has ended. One that was killed could not give its tokens back.
  void ended(const JobRecord& job) const;

 private:
  struct Open {
    JobserverRecord* record;
    Jobserver server;
  };

  [[nodiscard]] JobserverRecord* record_of(const proc::Identity& cargo, const JobserverEnds& ends);
  void count_jobs(JobserverRecord& record) const;
  /// As many more as may be put into circulation; negative: as many are too many.
  [[nodiscard]] int more_of(const JobserverRecord& record) const;
  [[nodiscard]] int held_by_stopped(std::uint32_t jobserver) const;
  void note();

  SharedArea& area_;
  const LiveJobs& jobs_;
  pid_t front_;
  int processors_;
  /// By JobserverRecord::number.
  std::map<std::uint32_t, Open> open_;
  Instant noted_at_{};
};

/// Puts back what is withheld of every jobserver: for the front, when the supervisor is dead.
void give_all_tokens(SharedArea& area);

}  // namespace memguard::supervisor
