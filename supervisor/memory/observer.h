// Reads the build as a whole and makes the policy's observation of it.
#pragma once

#include <optional>
#include <vector>

#include "cgroup/home.h"
#include "policy/observation.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/memory/hidden_limit.h"
#include "supervisor/memory/most_above.h"
#include "supervisor/memory/run_limit.h"
#include "supervisor/memory/swap_space.h"
#include "supervisor/memory/thrashing.h"
#include "supervisor/memory/unmapped.h"

namespace memguard::supervisor {

/// That it may use: by affinity, and by cpu.max of the groups above.
[[nodiscard]] double processors_of_the_build();

class Observer {
 public:
  /// `home` and `jobs` must outlive it. `front` is the ancestor of the whole build.
  Observer(const cgroup::Home& home, const RunLimit& limit, LiveJobs& jobs, SharedArea& area,
           const config::Config& config, pid_t front);

  /// Reads the kernel anew when the last reading is older than `oldest`.
  void refresh(Instant now, Duration oldest);
  /// The same, and tells what is known.
  [[nodiscard]] policy::Observation observe(Instant now, Duration oldest);
  /// What was used at the last reading besides the jobs: by the build, or by the whole machine where the kernel counts
  /// no build. Only its growth says something.
  [[nodiscard]] Bytes overhead() const;
  /// Memory of processes that are no jobs, where the kernel does not tell the whole.
  void set_others(Bytes others, const Bystander& largest);
  /// What is left of the limit.
  [[nodiscard]] Bytes room() const { return reading_.limit - reading_.used; }
  /// A job that ended; part of the next observation.
  void ended(const LiveJob& job, Instant now);
  /// A piece of memory was written to swap: those jobs and the swap are read anew, though they are stopped.
  void swapped_out(policy::FamilyId family);
  /// There is swap that the build may use, and the kernel reclaims on demand.
  [[nodiscard]] bool can_swap() const { return swap_.usable(); }
  /// Those of the build and nobody else's, but for this one.
  [[nodiscard]] std::vector<pid_t> processes() const;
  /// The job that hardly gets on at the limit; nothing when the build gets on.
  [[nodiscard]] std::optional<ThrashingWatch::SlowJob> slow_job() const { return thrashing_.now(); }
  /// Final readings into the totals of the shared area.
  void read_totals();

 private:
  struct Reading {
    /// What reclaim without swap cannot take.
    Bytes used;
    Bytes limit;
    std::optional<policy::Pressure> pressure;
    std::optional<Duration> waited_for_processor;
    /// Of build/, in tier full.
    std::optional<cgroup::MemoryEvents> events;
    std::optional<cgroup::MemoryStat> stat;
  };

  void read(Instant now);
  void follow_user();
  void follow_machine(Instant now);
  [[nodiscard]] policy::JobSeen seen(const LiveJob& job);
  [[nodiscard]] Bytes read_used();
  void note_text(const cgroup::MemoryStat& stat);
  [[nodiscard]] Bytes used_by_jobs() const;
  void look_for_hidden_limit(Instant now);
  void look_for_thrashing(Instant now);
  [[nodiscard]] std::optional<policy::Pressure> read_pressure() const;
  [[nodiscard]] std::optional<Duration> read_waited_for_processor() const;

  const cgroup::Home& home_;
  RunLimit limit_;
  LiveJobs& jobs_;
  SwapSpace swap_;
  HiddenLimit hidden_;
  Unmapped unmapped_;
  ThrashingWatch thrashing_;
  bool explain_;
  SharedArea& area_;
  pid_t front_;
  /// Which it may use: affinity and cpu.max do not change under a build.
  double processors_ = 0;
  std::optional<Instant> read_at_;
  Reading reading_;
  // The most text of running programs that was seen in memory. The kernel can take it, but they would only read it
  // again, page by page, and so get nowhere: policy is told of it as used.
  Bytes text_;
  std::optional<Instant> followed_at_;
  std::optional<cgroup::LimitsAbove> above_;
  Instant above_found_at_{};
  Bytes room_;
  Bytes others_;
  Bystander largest_other_;
  std::vector<policy::JobEnded> ended_;
};

}  // namespace memguard::supervisor
