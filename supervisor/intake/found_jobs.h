// Jobs that no list of programs names: processes that have grown large, and programs that were seen to do so.
//
// A process that others wait for is none of them: one with jobs below it (a shell, make, node, a build server) is a
// driver, and is never stopped. It is one for as long as it lives, because it will start the next job.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "history/remembered.h"
#include "supervisor/intake/process_look.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// Whether it was found, or is held, because of its size alone: class `other`.
[[nodiscard]] bool is_found(const JobFacts& job);

/// Tells the table what earlier builds have shown, before this one begins.
void remember_hungry_programs(HungryPrograms& programs, const history::Remembered& remembered, Bytes limit);

class FoundJobs {
 public:
  struct Parts {
    SharedArea& area;
    const config::Config& config;
    LiveJobs& jobs;
    /// The ancestor of the whole build.
    pid_t front = 0;
    Bytes limit;
    ProcessLook::Processes processes;
  };
  /// A job turned out to be a driver: it is to run from now on.
  using LetGo = std::function<void(LiveJob&)>;

  /// What the parts refer to must outlive it.
  FoundJobs(Parts parts, LetGo let_go);

  /// What a process that is a job, or is about to be one, is to those that live. All above it up to the next job are
  /// drivers from now on, and so is a job above it that was found by its size.
  [[nodiscard]] Kinship kin_of(pid_t pid);
  /// The same for a job that is known already (a supervisor before us knew the drivers).
  void note_drivers_above(const LiveJob& job);

  /// Looks at the build's processes, when that is due (process_look.h). Those that are to become jobs, the largest
  /// first. Their programs are held at birth from now on.
  [[nodiscard]] std::vector<ExecFacts> look(Instant now, const std::function<Bytes()>& overhead);
  /// Memory of all processes that are no jobs, at the last look.
  [[nodiscard]] Bytes others() const { return look_.others(); }
  /// The largest of them.
  [[nodiscard]] Bystander largest() const { return look_.largest(); }
  /// How soon to look again at the latest, where `room` is left of the budget. Nothing: when policy wants.
  [[nodiscard]] std::optional<Duration> look_within(Bytes room) const;

  /// A job has come: statistics of those that were found are by program.
  void joined(LiveJob& job);
  /// A job has ended: notes whether its program still needs memory.
  void ended(const JobRecord& job);

 private:
  [[nodiscard]] Kinship past_drivers(const Kinship& kin);
  [[nodiscard]] std::optional<ExecFacts> facts_of(pid_t pid);
  [[nodiscard]] std::string program_of(const proc::Stat& process) const;
  [[nodiscard]] bool drives(const proc::Identity& process) const;
  void drive(const proc::Identity& process) { drivers_[process.pid] = process.start_ticks; }
  void forget_dead_drivers();

  Parts parts_;
  LetGo let_go_;
  ProcessLook look_;
  /// Start times by pid.
  std::unordered_map<pid_t, std::uint64_t> drivers_;
  std::uint32_t execs_at_look_ = 0;
};

}  // namespace memguard::supervisor
