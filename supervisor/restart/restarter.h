// Evicting a family, and what becomes of it and of those that the kernel killed: the supervisor's side of the shim.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "report/run_report.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/loop/worker.h"
#include "supervisor/restart/families.h"
#include "supervisor/restart/family_end.h"
#include "supervisor/restart/judge_end.h"
#include "supervisor/restart/kill_ledger.h"
#include "supervisor/restart/shims.h"

namespace memguard::supervisor {

class Restarter {
 public:
  struct Parts {
    SharedArea& area;
    const cgroup::Home& home;
    EventLoop& loop;
    LiveJobs& jobs;
    /// Where killing is done: it reads all of /proc.
    Worker& worker;
    /// listen_for_shims, or -1: nothing can be restarted.
    int listener = -1;
    pid_t front = 0;
  };
  /// A family was told to start again, or, with false, was lost to memory.
  using Told = std::function<void(const JobRecord& job, bool again)>;
  /// The job has ended, but nobody has looked yet.
  using JobEnded = std::function<void(policy::JobId)>;

  /// What the parts refer to must outlive it.
  Restarter(const Parts& parts, JobEnded job_ended, Told told);

  /// Takes calls of shims from now on, and finishes what a supervisor before us began to evict.
  [[nodiscard]] Status watch();

  /// Where a new job belongs: to the family of the job above it, else to that of the shim above it, else to none yet.
  struct Kin {
    std::optional<policy::FamilyId> family;
    proc::Identity shim;
  };
  /// `above` is the job above it; null when there is none.
  [[nodiscard]] Kin kin_of_new(const proc::Identity& job, const LiveJob* above);
  /// A job has come, below this shim; pid 0: below none.
  void joined(LiveJob& job, const proc::Identity& shim) { families_.joined(*job.record, shim); }
  /// The job has ended, or never was one.
  void ended(JobRecord& job) { families_.ended(job); }
  /// A shim that is connected stands above it.
  [[nodiscard]] bool restartable(const LiveJob& job) const;

  /// Kills all of a family but its shim, if that is there to start it again. With `stays_away` the shim waits for
  /// `let_back`.
  void evict(policy::FamilyId family, bool stays_away);
  /// The shims of these families, which stayed away, start them again.
  void let_back(const std::vector<policy::FamilyId>& families);
  /// All that stay away do.
  void let_all_back();
  /// How a job that has just ended did so. Its exit code is seen as long as its parent has not asked for it. Once we
  /// kill what is left, one that is still to die has been killed by us.
  [[nodiscard]] report::Outcome outcome_of(const LiveJob& job);
  /// Adds to the jobs of an observation what memory did to their families, and what those that started them have.
  void complete(policy::Observation& observation);
  /// To be called at each sample: time passes for kills that nobody explains.
  void sampled() { ledger_.look(now()); }

 private:
  [[nodiscard]] EndSigns signs_of(const LiveJob& job) const;
  void on_asked(const proc::Identity& shim);
  void kill(policy::FamilyId family);
  void on_killed(policy::FamilyId family, std::vector<proc::Identity> killed);
  void note_kill(JobRecord& job, report::Killer killer);
  void start_again(policy::FamilyId family);
  [[nodiscard]] Bytes starter_memory_of(LiveJob& job) const;
  void lose(policy::FamilyId family);
  [[nodiscard]] FamilyTree tree_of(policy::FamilyId family) const;
  [[nodiscard]] std::vector<int> leaves_of(policy::FamilyId family) const;
  [[nodiscard]] bool nothing_beside(const JobRecord& job) const;
  [[nodiscard]] Instant now() const { return parts_.area.build_time(); }

  Parts parts_;
  JobEnded job_ended_;
  Told told_;
  Families families_;
  KillLedger ledger_;
  Shims shims_;
  // Families that are being killed, and those whose shims wait for that.
  std::set<policy::FamilyId> killing_;
  std::map<policy::FamilyId, proc::Identity> asking_;
  // Families whose shims wait until policy lets them back.
  std::set<policy::FamilyId> away_;
};

}  // namespace memguard::supervisor
