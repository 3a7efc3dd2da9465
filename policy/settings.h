// The constants of the policy, each with its reason. docs/evidence/POLICY.md has the measurements behind them.
//
// "study" marks a constant measured in a simulation study of 25 workloads with 50 seeds each; "ours" one that this
// project chose, because the study did not model what it is for.
#pragma once

#include <chrono>
#include <map>

#include "base/units.h"
#include "policy/observation.h"

namespace memguard::policy {

/// What a governor is made with. The defaults are the policy; tests and the simulator change one to see what it does.
struct Settings {
  // --- Budget -------------------------------------------------------------------------------------------------------

  /// Share of the limit that is never planned with. Study (0.00: a third more OOM kills, 0.04: up to 3.5 % slower).
  double margin = 0.02;
  /// The same while there is a job that nobody would start again. Ours: an OOM kill loses it for good.
  double margin_if_lost = 0.04;

  // --- Prediction ---------------------------------------------------------------------------------------------------

  /// What a job needs of whose class nothing is known. Ours: most rustc need 150 to 400 MiB. Never more than the limit.
  Bytes unknown_peak{std::int64_t{256} << 20U};
  /// The same for one class, where its kind tells more (a link needs more than a compile).
  std::map<ClassId, Bytes> unknown_peak_of_class;
  /// Spread (of the logarithm) taken for a class without any end. Ours for jobs without prediction: a first job may be
  /// 1.6 times the guess, and with few ends the guess must stay wide. Each guess counts for one ended job.
  double unknown_spread = 0.5;
  /// How many spreads above what its class (or its prediction) says a job is taken to be. Study.
  double spreads_above = 0.3;
  /// The same for a job that nobody would start again. Ours: without any eviction 0.5 halved the random builds that
  /// lost a job (11 of 500 for 20) and was 4 % slower.
  double spreads_careful = 0.5;
  /// How many spreads up a family's need is taken when its turn to be the oldest comes, where what is in its way cannot
  /// be evicted (room.h). Ours: without any eviction, with 1.5, four builds of few jobs of very different size had 28
  /// kills instead of none, and no workload was over 3 % faster.
  double spreads_at_worst = 2.0;
  /// What was evicted needs at least so many times what it had then. Study.
  double evicted_needs = 1.10;
  /// What the kernel killed grew too fast to be seen, so that 2.5 times the share is added. Study, as 1.25. With one
  /// share for both "lock" is 1.7 % slower, "adv" 1.3 %.
  [[nodiscard]] double killed_needs() const { return 1 + 2.5 * (evicted_needs - 1); }
  /// How many jobs' worth of belief the given predictions start with, and the variance of the logarithm of one. Study.
  double believers = 3;
  double believer_residual = 0.25;
  /// The same variance for predictions from history. Ours: peaks of one and the same rustc differ by 2 to 12 %; 0.06
  /// kept two of 250 MiB apart where they fit, and is no better in simulation.
  double believer_residual_history = 0.02;
  /// A job above this share of its predicted peak is believed to outgrow it... Study.
  double nearly_there = 0.95;
  /// ...by what it grows in this time. Study.
  Duration outgrow{std::chrono::seconds{1}};
  /// But no further than to so many times what it has. Ours: a job that jumped by 500 MB within a sample was believed
  /// to grow by 5 GB, and dozens of others were stopped for it (32 cores: 12 % slower).
  double outgrow_most = 1.3;
  /// Small jobs say little of a job that nobody would start again. Its first guess holds at worst until so many of its
  /// class have ended above `alike` of what it has and above `small_of_guess` of the guess. Ours: 0 loses a job in 71
  /// of 200 builds with a configure step, 3 in 19.
  double large_enough = 3;
  double alike = 0.5;
  double small_of_guess = 0.12;
  /// The guess is at most this share of the limit. Ours: others have room beside it.
  double guess_of_limit = 0.6;
  /// How many ended jobs the guess counts for. Ours: in a build of many hundred small jobs it must fade.
  double guess_fades = 200;

  // --- Reservation: now + alpha * (peak - now) ----------------------------------------------------------------------

  /// Share of what running jobs may still grow by that is reserved: at the start, at least, at most. Ours: the study
  /// has 0.7, 0.5 and 1 (always 1: up to 34 % slower). With 0.6 and 0.4 "late" and "links" are 2 to 4 % faster; above 1
  /// is for builds in which most jobs outgrow what is expected of them: with 1.3 "mixed8" has half of the kills.
  double alpha_start = 0.6;
  double alpha_least = 0.4;
  double alpha_most = 1.3;
  /// Each job that ends lowers alpha, each freeze, eviction and kill for memory raises it. Study.
  double alpha_per_end = 0.005;
  double alpha_per_freeze = 0.010;
  double alpha_per_eviction = 0.100;
  /// What alpha leaves out of the growth of jobs of known size is reserved too, to this share, where they are few
  /// (need.h). Ours: "links2048" evicts 1.0 for 3.2 a second build and is 8 % faster, "late" loses 1.7 %. For jobs that
  /// nobody knows it only costs (late 3.6 %).
  double reserve_for_few = 0.5;
  /// Where at most so many families have memory all of that is reserved. Ours: of three jobs that did not fit a second
  /// build of examples/heavy evicted one; "links1024" evicts 0.5 for 2.8 and is 2 % faster, "links2048" is 3 % slower
  /// (0.41), beside a thief 25 % (0.48). With 4 "med8" loses besides.
  int few_in_full = 3;

  // --- Courses: when known jobs have their memory --------------------------------------------------------------------

  /// By what part of its life a job may be earlier or later than it was, and how much faster or slower, where all have
  /// to fit. Ours: processor times of one and the same rustc differ by 5 to 15 %. With half of it "mixed8" has 2.0
  /// kills for 1.2, with twice it "late" gains 1 % for 3.
  double course_slack = 0.1;
  /// With more jobs than so many beside it no course is looked at. Ours: the more there are, the better they even out,
  /// and adding them up takes time (64: "mixed32" is 5 % faster than with 8).
  int courses_most = 64;
  /// So many waiting jobs are tried by their courses in one step: each trial takes as long as a step of ten jobs.
  [[nodiscard]] int courses_tried() const { return courses_most / 8; }

  // --- Families -----------------------------------------------------------------------------------------------------

  /// So many of the jobs that one job has started belong to its chain, and so run with it whatever fits when they are
  /// the oldest; the others are held and frozen like anybody's (view.h). Ours: with all of them eight rustc below one
  /// rustdoc run at once, and eleven of twelve were lost.
  int children_of_chain = 1;
  /// A job that is one for its size alone and that has used no processor for so long waits for something: it needs no
  /// more, and nobody waits for it. Ours: what grows takes page faults, and so a processor. Without it sixteen compiles
  /// of a build server stood still for 30 s each time, because the client that waited for them was the oldest.
  Duration idle{std::chrono::milliseconds{300}};

  // --- Freeze and thaw ----------------------------------------------------------------------------------------------

  /// How far ahead growth is looked at before freezing. Ours; the study has 0.3 s, 3 of its samples (0.5 s: 8 % slower;
  /// 0.1 s: kills +35 %). When memory is tight ours come twice as often: 0.25 s is 1 to 4 % faster with as many kills.
  Duration horizon{std::chrono::milliseconds{250}};
  /// Memory that ending jobs will give back within the horizon, by what they gave back in the last seconds, counts as
  /// there; this share of it. Ours: without it 32 processors are 3 % slower and equal jobs 3 %; all of it: twice the
  /// kills.
  double release_share = 0.5;
  Duration release_window{std::chrono::seconds{2}};
  /// Growth is measured over this window. Study.
  Duration growth_window{std::chrono::milliseconds{500}};
  /// Growth within the horizon that is no reason to stop a job. Ours: allocator noise of a job that has its memory.
  Bytes growth_ignored{std::int64_t{256} << 10U};
  /// A frozen family stays frozen for at least one `sample`, as long as freezing takes; the study has 0.3 s (1 s:
  /// uniform loads 20 % slower, 0.1 s: 1 % faster). From the third freeze of one family on that time doubles up to this
  /// one. Ours: the bound against flapping.
  Duration frozen_most{std::chrono::milliseconds{4800}};
  int freezes_before_doubling = 2;
  /// An action counts as done for so long although the observation does not show it yet; then it is decided anew.
  /// Ours: freezing was seen to take up to 100 ms, and longer for a throttled process.
  Duration settle{std::chrono::milliseconds{500}};

  // --- Evict ---------------------------------------------------------------------------------------------------------

  /// The wall is near when what is used and what the oldest family grows by within `evict_ahead` pass this share of the
  /// limit. Study (0.3 s ahead: a quarter more evictions, same time). Above the trip wire on purpose: within 1.3 % over
  /// memory.high the kernel's delays are under 10 ms and skipped (mm/memcontrol.c, calculate_high_delay).
  /// Only for a family that grows: one that has what it needs hits no wall (uniform loads: 2 evictions for none, 1 %).
  double wall = 0.99;
  /// How long before that an eviction begins: one sample and a half.
  [[nodiscard]] Duration evict_ahead() const { return 3 * sample / 2; }
  /// What the oldest may take at once, without having grown before: with something frozen to evict the wall is this
  /// much before the limit, but no more than that share of it. Ours: a rustc in 240 MiB that had stood still took 23
  /// MiB between two samples of a slow machine, and the kernel killed it, and after it the frozen one (3 builds of 5).
  Bytes at_once{std::int64_t{16} << 20U};
  double at_once_most = 0.06;
  /// CPU time that every job counts as having used besides, when the one is sought whose memory costs least to take:
  /// without it the youngest would always be it. Half a second, study: as long as growth is measured.
  [[nodiscard]] Duration evict_grace() const { return growth_window; }
  /// After so many restarts, or kills for memory, a family is only admitted as the oldest that has not ended, and so
  /// stays until it ends. Study: the bound of restarts (2 for 3: no difference).
  int restarts_most = 3;
  int oom_kills_most = 2;

  // --- Reclaim -------------------------------------------------------------------------------------------------------

  /// Share of the room in swap that is never planned with, for others on the machine. Ours.
  double swap_margin = 0.1;
  /// So much at a time: a tenth of a second of zram, so that little is still written out when its owner is thawed.
  /// Ours.
  Bytes reclaim_most{std::int64_t{64} << 20U};
  /// And no less: what grows is short of a little again and again (seen: dozens of pieces of 1 MiB). Ours.
  [[nodiscard]] Bytes reclaim_least() const { return 0.25 * reclaim_most; }
  /// A family that gave less than half of what was asked of it is asked again after so long. Ours.
  Duration reclaim_again{std::chrono::seconds{1}};

  // --- Admission ----------------------------------------------------------------------------------------------------

  /// Younger jobs may pass the oldest held one for so long. Study (never: 5 % slower; without end: no gain).
  Duration backfill{std::chrono::seconds{5}};

  /// With more than this share of the budget reserved new jobs start one after the other, `start_gap` divided by how
  /// many run apart, at most `start_gap_most`. Ours: "links2048" is 7 % faster in a second build, "uniform" 3 % in
  /// each, and "mixed8" evicts a quarter less. Without the division "mixed128" is 7 % slower, without the bound
  /// "mixed8" 8 %.
  double spaced_from = 0.7;
  Duration start_gap{std::chrono::seconds{1}};
  /// Just under two samples, so that they start in each second one.
  [[nodiscard]] Duration start_gap_most() const { return 19 * sample / 10; }
  /// After a job whose course is known no longer than for this part of its time. Ours: it shows what it takes so soon.
  /// A workspace of compiles of 0.3 s took 15 % less in a second build; with it known builds of the study take 0.4 %
  /// less, mixed32 1 %, and "mixed8" evicts 2 more.
  double start_gap_of_course = 0.05;

  // --- Tokens -------------------------------------------------------------------------------------------------------

  /// So many are free at most where not all that is left would fit. Ours: 1 is no faster, and threads of compilers,
  /// whose taking nobody tells us of, get no more than this each sample.
  int spare_most = 4;

  // --- Processors ---------------------------------------------------------------------------------------------------

  /// Where memory counts a job starts only when so much of a processor is free. Ours: "links2048" on four processors
  /// takes 1.00 times the best -j for 1.08, on one "mixed8" evicts none for 34; "links1024" on four is 7 % slower.
  double processor_free = 0.5;
  /// Memory counts where more than this share of the budget would be reserved. Ours: first guesses of real compiles may
  /// be a third of what they need. With 0.5 a workspace of them took 15 % more on two processors, and evicted twice as
  /// often; with 0 it takes as long.
  double processors_from = 0.2;
  /// The same only for so long after a job last started or ended. Ours: a running test may poll for its server without
  /// ever sleeping, which looks like work. If the server were held for it, neither would end.
  Duration processors_patience{std::chrono::seconds{60}};
  /// The processor use of a job is averaged over this time. A job that has just started counts as one whole processor.
  /// Ours: a job that sleeps shows it within two or three samples.
  Duration processor_use{std::chrono::milliseconds{300}};
  /// From this share of all processors on they count as all used. Ours: on one processor a compile that shared it with
  /// an `as` was taken for one that sleeps half of the time, and when the `as` had ended one too many started.
  double processors_all_used = 0.85;
  /// The same while some process of the build waits for a processor for this share of the time. Ours: beside another
  /// build on one processor, jobs that got half of it looked as if they slept, and six ran at once.
  double processors_waited = 0.5;

  // --- Stall --------------------------------------------------------------------------------------------------------

  /// No running job used CPU for so long: what runs may wait for what is stopped. Study: without the rule 1 in 1,000
  /// random builds hung.
  Duration stall{std::chrono::seconds{1}};
  /// The same when it fits only if none but the oldest grows any more, and when it does not fit at all. Ours: jobs that
  /// sleep with their memory are more frequent than jobs that hold a lock while stopped, and being wrong loses a job.
  /// An idle job may also end. Until it has been idle for the first of these times, nothing starts that does not fit
  /// beside it.
  [[nodiscard]] Duration stall_without_growth() const { return 5 * stall; }
  Duration stall_without_room{std::chrono::seconds{30}};
  /// Less CPU than this share of one processor is no progress. Ours: helper threads and timers tick.
  double stall_cpu = 0.01;

  // --- Pressure -----------------------------------------------------------------------------------------------------

  /// Stalls are measured over this window, and at least half of it must have been seen. Ours.
  /// The trip wire is lifted when memory stays above it for so long, and comes back no sooner than so long after. Ours:
  /// a throttled allocation sleeps up to 2 s, and user managers' systemd-oomd acts after 20 s.
  Duration pressure_window{std::chrono::seconds{1}};
  /// Share of the window in which everything stood still for memory that stops the newest family. Ours: far above what
  /// refaults of the page cache cost a healthy build, and half of what systemd-oomd kills at.
  double pressure_full = 0.25;
  /// PSI counts only with less than this free: a share of the limit, but at least `pressure_room_least` (the text of a
  /// compiler and its libraries, which is reclaimed and read again below it), and at most a quarter of the limit. Ours.
  double pressure_room = 0.10;
  Bytes pressure_room_least{std::int64_t{128} << 20U};
  double pressure_room_most = 0.25;
  /// Hits of memory.high in a second that count as pressure, with unreclaimable memory within `trip_grain` of it. Ours:
  /// page cache alone hits it thousands of times in a healthy build, hence the second condition.
  double high_events_per_second = 100;

  // --- memory.high --------------------------------------------------------------------------------------------------

  /// Where the trip wire is while several families run, as a share of the limit. Ours: above the budget, so that a
  /// build that goes by plan never meets it, and under the wall by what runs into it within a throttled allocation.
  double trip_wire = 0.985;
  /// What is within this share of the limit is at the wire, and a moving limit moves the wire only by more than this
  /// share of it. Ours.
  double trip_grain = 0.01;

  // --- Sampling -----------------------------------------------------------------------------------------------------

  /// Study: 200 ms doubles the kills, 50 ms when tight has a third fewer. When plentiful nothing can happen soon.
  Duration sample{std::chrono::milliseconds{100}};
  /// The time between two samples where memory is short.
  [[nodiscard]] Duration sample_tight() const { return sample / 2; }
  /// One step counts for at most `sample_plentiful` of a stall: after a gap (a suspended machine) nothing is known.
  Duration sample_plentiful{std::chrono::milliseconds{250}};
  /// A rate over less time is noise, of two events within one sample.
  [[nodiscard]] Duration grain() const { return 4 * sample_tight() / 5; }
  /// Tight: what is used and twice the growth of the horizon pass this share of the budget. Ours.
  double tight = 0.9;
  /// Plentiful: what is used and all that running jobs may still need stay below this share of the budget. Ours.
  double plentiful = 0.5;
  /// Or what is used and twice the growth of the horizon stay below half of it, whatever is expected: a hundred new
  /// jobs of which nothing is known were looked at seven times a second where 3 % of the memory was used.
  [[nodiscard]] double plentiful_for_all() const { return plentiful / 2; }
};

}  // namespace memguard::policy
