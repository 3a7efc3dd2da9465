// One instant of a build as the policy sees it: jobs in chains, chains by age, and what each may still need.
//
// A chain is a job and what it waits for: a rustc, its linker, and so on down, one below the other. It is what is
// frozen and thawed as a whole, because its jobs do the work of one. Most families are one chain. Where a job has
// started several others (a rustdoc, a linker with -flto=8, a test runner) one of them continues its chain, and each of
// the others begins a chain of its own, as old as the family and right behind it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "policy/need.h"
#include "policy/observation.h"

namespace memguard::policy {

/// One job of this step.
struct Job {
  JobId id{};
  FamilyId family{};
  /// The nearest job above it that is in this view; nothing for the first of its family.
  std::optional<JobId> above{};
  /// The first job of its chain. Set by `link_jobs`, like the next four.
  JobId chain{};
  ClassId job_class{};
  /// As seen, or as brought about by an action that is still under way.
  JobState state = JobState::waiting;
  /// Has a job below it.
  bool has_child = false;
  /// Has memory and a job below it: a rustc that waits for its linker. It keeps its memory and needs no more.
  bool waits_for_child = false;
  /// Waits for something else, as far as that can be seen (Settings::idle), and needs no more either.
  bool idle = false;
  /// A job above it is frozen.
  bool below_frozen = false;
  /// Memory of all jobs above it: they end after it.
  Bytes above_memory{};
  /// Of those that wait: as in `JobSeen`.
  Bytes starter_memory{};
  /// In memory, and in swap.
  Bytes memory{};
  Bytes swapped{};
  /// Of `memory`, what cannot be swapped.
  Bytes unswappable{};
  /// CPU time used since the last step, and since it started.
  Duration cpu{};
  Duration cpu_so_far{};
  std::optional<Group> group{};
  /// Would be started again; how often its family was, and how often after it was killed for memory.
  bool restartable = false;
  int restarts = 0;
  int oom_kills = 0;
  /// What it is expected to use at its peak.
  Bytes peak{};
  /// What it may use at worst, and what is set aside for it when its family's turn to be the oldest comes.
  Bytes worst_peak{};
  /// What it will grow by within the horizon of freezing, not past what it may need.
  Bytes ahead{};
  /// Expected peak of the job it will start before it ends (a linker); nothing when it starts none.
  Bytes child_peak{};
  /// Its peak is expected because it ran before or was declared.
  bool known = false;
  /// As in `JobSeen`.
  bool of_build_script = false;
  Wish wish = Wish::none;
  /// Let go to break a stall: as safe from freezing as the oldest, until the oldest makes progress.
  bool lent = false;
  /// How it went when it ran before: in the observation, so no longer there than that; null when nobody knows.
  const Course* course = nullptr;

  /// What it asks for when it runs, in what it does now.
  [[nodiscard]] Need need() const;
  /// Does nothing itself.
  [[nodiscard]] bool waits() const { return waits_for_child || idle; }
  /// What it needs at worst until it ends. A rustc gives most of its memory back before it starts its linker, so of its
  /// own need and its linker's the larger is taken, not both.
  [[nodiscard]] Bytes to_finish() const { return waits() ? Bytes{} : std::max(to_reach(worst_peak), child_peak); }

 private:
  [[nodiscard]] Bytes to_reach(Bytes size) const { return waits() || size < memory ? Bytes{} : size - memory; }
};

/// The jobs of one chain that have not ended. All its sums follow from its jobs and their states.
struct Chain {
  /// Its first job.
  JobId id{};
  FamilyId family{};
  std::size_t first = 0;
  std::size_t count = 0;
  /// Has a job that was admitted. One whose jobs all wait is not active.
  bool active = false;
  /// Has a job that is frozen; the chain is frozen and thawed as a whole.
  bool frozen = false;
  /// Has a running job that does not wait.
  bool runs = false;
  /// Has a job that is held.
  bool holds = false;
  /// All its jobs would be started again: its family can be evicted.
  bool restartable = true;
  /// One of its jobs was let go to break a stall.
  bool lent = false;
  /// The user wants one of its jobs stopped.
  bool kept = false;
  int restarts = 0;
  int oom_kills = 0;
  Bytes memory{};
  /// Of those that start its waiting jobs.
  Bytes starter_memory{};
  /// Memory of the jobs above its first one, which stay until it has ended.
  Bytes above_memory{};
  /// Of `memory`, what can be written to swap while it is frozen.
  Bytes swappable{};
  /// CPU time its jobs have used so far: what evicting it would throw away.
  Duration cpu{};
  /// Of its running jobs, in what they do now.
  Need need{};
  /// Has memory and does nothing, nor would when it could: nobody waits for it.
  [[nodiscard]] bool idle() const { return active && !runs && !frozen && !holds; }
  /// What it needs more than it has until it ends: of all its jobs, those that wait and the one to come included. At
  /// most what would be left if it were alone: nothing can need more.
  Bytes to_finish{};
  /// What its running jobs will grow by within the horizon.
  Bytes ahead{};
};

/// All chains of one family: what is evicted, and started again, as a whole.
struct Whole {
  FamilyId id{};
  bool active = false;
  bool frozen = false;
  bool restartable = true;
  int restarts = 0;
  /// What evicting it gives back: that of its jobs, and of those that start its waiting jobs.
  Bytes memory{};
  Duration cpu{};
};

/// How many jobs do what. A job that waits for its child is not counted: it and its child are one processor's work.
struct Counts {
  int running = 0;
  int frozen = 0;
  int held = 0;
};

/// Everything about one instant. Actions that are decided change it, so that later rules see what earlier ones did.
struct View {
  Instant at{};
  Bytes limit{};
  /// The limit less the margin: what is planned with.
  Bytes budget{};
  Bytes used{};
  /// Of that, as in `Observation`.
  Bytes kept_for_text{};
  /// What can still be written to swap, less a margin.
  Bytes swap_room{};
  /// What is used by no job: by cargo, build scripts, files in tmpfs. It is `used` less the memory of all jobs. That is
  /// read at other moments, so this may be negative.
  Bytes overhead{};
  /// A family was evicted and its processes have not all ended. Its memory is not in `used` any more, and may not be
  /// given to others yet.
  bool leaving = false;
  /// By family, chain and id, so each chain's jobs lie together, parents first.
  std::vector<Job> jobs;
  /// Oldest family first, and in it the chain that its first job is in.
  std::vector<Chain> chains;
  Counts counts;

  /// Its jobs, parents first. A chain of this view.
  [[nodiscard]] std::span<Job> members(const Chain& chain);
  /// Its jobs, parents first. A chain of this view.
  [[nodiscard]] std::span<const Job> members(const Chain& chain) const;
  /// The chain of a job of this view.
  [[nodiscard]] Chain& chain_of(const Job& job);
  /// Every family with chains in this view, oldest first.
  [[nodiscard]] std::vector<Whole> wholes() const;
  /// The oldest chain with an admitted job that is not idle; null when there is none.
  [[nodiscard]] const Chain* oldest_active() const;
  /// The oldest chain that is not idle, with memory or without; null when there is none.
  [[nodiscard]] const Chain* oldest() const;
  /// What the frozen jobs of a chain need when they run again.
  [[nodiscard]] Need stopped(const Chain& chain) const;
  /// A chain is frozen.
  [[nodiscard]] bool any_frozen() const { return std::ranges::any_of(chains, &Chain::frozen); }
  /// A chain is frozen by a rule, because memory is short: the user has not asked for it.
  [[nodiscard]] bool any_frozen_by_rule() const {
    return std::ranges::any_of(chains, [](const Chain& chain) { return chain.frozen && !chain.kept; });
  }
  /// A job above it is frozen, also by an action of this step (Job::below_frozen is as seen).
  [[nodiscard]] bool below_frozen(const Job& job) const;
  /// Sets all jobs of a chain that are in state `from` to `to`.
  void move(Chain& chain, JobState from, JobState to);
  /// Sets one job. Its chain's sums are stale until `sum_up`.
  void set(Job& job, JobState state);
  /// Computes all of a chain that follows from its jobs and their states.
  void sum_up(Chain& chain) const;
  /// Takes an evicted family with all its chains, its jobs and its memory out; they are on their way. References to
  /// chains and jobs are invalid then.
  void remove(FamilyId family);
  /// How many jobs of a group have memory, the frozen ones with `frozen_too`.
  [[nodiscard]] int in_group(GroupId group, bool frozen_too) const;
  /// What all that run need.
  [[nodiscard]] Need need() const;
};

/// Finds the chain of each job, given all of them sorted by family and id; of the jobs below one job the oldest with
/// memory continues its chain, else the oldest (`children_of_chain` of them). True when the jobs of a family are no
/// longer in order of their chains.
bool link_jobs(std::span<Job> jobs, int children_of_chain);

/// Groups `view.jobs` (linked, and sorted by family, chain and id) into chains and sums them up.
void make_chains(View& view);

}  // namespace memguard::policy
