// The policy: which jobs run, wait, or stop, so that memory never runs out and time is not wasted.
//
//     step(state, observation) -> decision
//
// A pure function but for its own state: the same observations give the same decisions, in the supervisor, in a test
// and in the simulator. governor.cc begins with the rules; docs/POLICY.md has their reasons and what proves them.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "policy/decision.h"
#include "policy/estimator.h"
#include "policy/growth.h"
#include "policy/observation.h"
#include "policy/pressure_watch.h"
#include "policy/releases.h"
#include "policy/settings.h"
#include "policy/stall_watch.h"
#include "policy/trip_wire.h"
#include "policy/view.h"

namespace memguard::policy {

/// What the policy remembers from step to step. A value: copying it forks the build's future.
///
/// Nothing it is told can make it fail: jobs listed twice or vanished, clocks that stand still, sizes without sense
/// give a decision that is safe for what remains. A step costs O(n log n) in the number of jobs.
class Governor {
 public:
  explicit Governor(Settings settings = {});

  /// Decides at one instant. To be called at each sample, and at once when a job arrives or ends.
  ///
  /// Each waiting job is answered with Admit or Hold in the first step that sees it, and a held one with Admit later.
  /// An action counts as done for `Settings::settle`; when the observation does not show it by then, it is decided anew
  /// and may come again (all actions may be carried out twice without harm). A governor that was made in the middle of
  /// a build answers every waiting job, also those held before.
  [[nodiscard]] Decision step(const Observation& seen);

  /// Replays a job that ended before this governor was made; one that was killed (not `completed`) needed at least that
  /// peak. `step` does the same for Observation::ended.
  void learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak, bool completed = true);

 private:
  struct JobRecord {
    ClassId job_class{};
    std::optional<Prediction> predicted;
    Growth growth;
    std::optional<Duration> cpu;
    /// How many processors it uses on average, or would use if there were enough.
    double share = 1;
    /// For how long it has used next to none.
    Duration idle{};
    /// When Admit was given, until it shows.
    std::optional<Instant> admitted;
    /// When its family was evicted, until it is gone.
    std::optional<Instant> evicted;
    /// It needs at least so much: it had it when it was evicted or killed.
    Bytes at_least;
    Bytes memory;
    bool answered = false;
    /// What was ordered last and when; a freeze stays until the thaw, a thaw until it shows.
    enum class Order : std::uint8_t { none, freeze, thaw } order = Order::none;
    Instant ordered{};
    int freezes = 0;
    bool lent = false;
    /// When Reclaim got less than half of what it was to get from its chain.
    std::optional<Instant> gave_little;
    std::optional<ClassId> will_start;
    std::optional<Prediction> child_predicted;
    bool had_child = false;
    std::uint64_t last_step = 0;
  };
  /// The last Reclaim.
  struct Reclaimed {
    /// Of this chain.
    JobId chain{};
    Bytes swapped_before;
    Bytes asked;
  };
  /// One step in the making.
  struct Step;
  struct Queue;

  void look(Step& step, const Observation& seen);
  void note_others(Bytes limit);
  void note_ended(Step& step, const Observation& seen);
  void note_jobs(Step& step, const Observation& seen);
  void sort_jobs(Step& step);
  [[nodiscard]] bool leaves(JobRecord& record, Instant at) const;
  static void note_leaving(View& view, const JobSeen& seen);
  Job note_job(Step& step, const JobSeen& seen, JobRecord& record);
  void expect_peaks(Step& step);
  void expect_peak(Job& job, const JobRecord& record, Bytes limit);
  void distrust(Job& job, const std::optional<Prediction>& predicted, bool outgrows, Bytes limit) const;
  void note_progress(Step& step);
  void note_pressure(Step& step, const Observation& seen);
  void note_reclaimed(Step& step, const Observation& seen);
  void note_processors(Step& step);
  [[nodiscard]] bool idles(JobRecord& record, const Job& job, Duration gap) const;
  [[nodiscard]] JobState state_of(const JobSeen& seen, JobRecord& job, Instant at) const;
  void forget_vanished(const Step& step);

  void run_oldest(Step& step);
  void grant_wishes(Step& step);
  void let_go(Step& step, Job& job);
  void stop(Step& step, Job& job);
  bool evict_as_asked(Step& step, const Job& job);
  bool break_stall(Step& step);
  bool freeze_for_growth(Step& step);
  bool freeze_for_pressure(Step& step);
  void reclaim_for_older(Step& step);
  bool evict_for_oldest(Step& step);
  void clear_for_killed(Step& step);
  void thaw_frozen(Step& step);
  void admit_waiting(Step& step);
  void admit_or_refuse(Step& step, Queue& queue, Job& job);
  /// Why it may start, or why not.
  [[nodiscard]] Cause judge(Step& step, const Queue& queue, const Job& job);
  [[nodiscard]] bool is_safe(const Queue& queue, const Chain& chain, const Job& job) const;
  void start_something(Step& step);
  /// A job became idle a short time ago, so it may still end and give its memory back.
  [[nodiscard]] bool any_rests(const View& view) const;
  void hold_rest(Step& step);
  void set_trip_wire(Step& step);
  void spare_tokens(Step& step, const std::optional<Tokens>& tokens);
  [[nodiscard]] int tokens_to_spare(Step& step, int most) const;
  [[nodiscard]] Bytes typical_peak(const View& view) const;
  [[nodiscard]] Duration next_sample(const Step& step) const;

  [[nodiscard]] Bytes room_for_stall(const View& view) const;
  bool thaw_for_stall(Step& step, Bytes room);
  bool admit_for_stall(Step& step, Bytes room);
  bool evict_for_stall(Step& step);
  [[nodiscard]] bool may_reclaim(const View& view, const Chain& chain) const;
  [[nodiscard]] bool reclaims_enough(const Step& step, Bytes over) const;
  void reclaim(Step& step, const Chain& chain, Bytes amount);
  [[nodiscard]] Bytes wall(const View& view) const;
  [[nodiscard]] Bytes grows_before_wall(const View& view, const Chain& chain) const;
  [[nodiscard]] std::optional<FamilyId> victim(const View& view) const;
  [[nodiscard]] double worth(const Whole& family) const;
  void lend(Step& step, Chain& chain);
  [[nodiscard]] static bool may_freeze(const Chain& chain, const Chain* oldest);
  [[nodiscard]] bool rested(const View& view, const Chain& chain) const;
  [[nodiscard]] static bool group_full(const View& view, const Job& job, bool of_oldest);
  /// What is used, and what is set aside for all that run and for `more`.
  [[nodiscard]] Bytes reserved(const Step& step, const Need& more = {}) const;
  [[nodiscard]] Bytes reserved_for(const Step& step, const Chain& chain, const Need& more) const;
  /// The cause to admit it, or not to.
  [[nodiscard]] Cause room_for(Step& step, const Chain& chain, const Job& job) const;
  [[nodiscard]] bool too_soon(const Step& step, const Need& more) const;
  [[nodiscard]] bool processors_busy(Step& step, const Job& job) const;
  [[nodiscard]] bool processors_in_use(const Step& step) const;
  /// What is left when all that run take what they need at worst.
  [[nodiscard]] static Bytes left_at_worst(Step& step);
  void started(const View& view);
  [[nodiscard]] bool last_try(const Chain& chain) const;
  [[nodiscard]] bool held_up(const Step& step, const Job& first_held);

  void freeze(Step& step, Chain& chain, Cause cause, Bytes need);
  void thaw(Step& step, Chain& chain, Cause cause);
  void admit(Step& step, Job& job, Cause cause);
  void evict(Step& step, FamilyId family, Cause cause);
  void raise_alpha(double by);
  [[nodiscard]] Reason reason(const Step& step, Cause cause, Bytes need) const;

  Settings settings_;
  Estimator estimator_;
  double alpha_;
  Releases releases_;
  /// What the limit falls by.
  Growth taken_by_others_;
  int limit_moves_ = 0;
  PressureWatch pressure_;
  StallWatch stall_;
  TripWire trip_wire_;
  /// Pressure was seen, and has not been seen to be gone.
  bool squeezed_ = false;
  std::uint64_t high_events_ = 0;
  /// The oldest job that is held for memory, and since when it is the oldest.
  std::optional<JobId> oldest_held_;
  Instant oldest_held_since_{};
  /// Before that nothing new starts when memory is short.
  Instant next_start_{};
  std::optional<Reclaimed> reclaimed_;
  /// The time of the observations, except that it never runs backwards.
  Instant now_{};
  std::optional<Instant> last_at_;
  std::uint64_t steps_ = 0;
  std::unordered_map<JobId, JobRecord> jobs_;
  /// When a job was last admitted, or last ended.
  Instant changed_{};
  /// How many processors all jobs together use on average (Settings::processor_use).
  double processors_used_ = 0;
  /// Some family is `lent`.
  bool any_lent_ = false;
};

}  // namespace memguard::policy
