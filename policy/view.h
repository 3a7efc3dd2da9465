// One instant of a build as the policy sees it: jobs in families, families by age, and what each may still need.
#pragma once

#include <algorithm>
#include <cstddef>
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
  ClassId job_class{};
  /// As seen, or as brought about by an action that is still under way.
  JobState state = JobState::waiting;
  /// Has another job of its family below it: a rustc that waits for its linker. It keeps its memory and needs no more.
  bool waits_for_child = false;
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
  /// How it went when it ran before: in the observation, so no longer there than that; null when nobody knows.
  const Course* course = nullptr;

  /// What it asks for when it runs, in what it does now.
  [[nodiscard]] Need need() const;
  /// What it needs at worst until it ends. A rustc gives most of its memory back before it starts its linker, so of its
  /// own need and its linker's the larger is taken, not both.
  [[nodiscard]] Bytes to_finish() const {
    return waits_for_child ? Bytes{} : std::max(to_reach(worst_peak), child_peak);
  }

 private:
  [[nodiscard]] Bytes to_reach(Bytes size) const { return waits_for_child || size < memory ? Bytes{} : size - memory; }
};

/// The jobs of one family that have not ended. All its sums follow from its jobs and their states.
struct Family {
  FamilyId id{};
  std::size_t first = 0;
  std::size_t count = 0;
  /// Has a job that was admitted. One whose jobs all wait is not active.
  bool active = false;
  /// Has a job that is frozen; the family is frozen and thawed as a whole.
  bool frozen = false;
  /// Has a running job that does not wait for a child.
  bool runs = false;
  /// All its jobs would be started again: it can be evicted.
  bool restartable = true;
  int restarts = 0;
  int oom_kills = 0;
  Bytes memory{};
  /// Of `memory`, what can be written to swap while it is frozen.
  Bytes swappable{};
  /// CPU time its jobs have used so far: what evicting it would throw away.
  Duration cpu{};
  /// Of its running jobs, in what they do now.
  Need need{};
  /// What it needs more than it has until it ends: of all its jobs, those that wait and the one to come included. At
  /// most what would be left if it were alone: nothing can need more.
  Bytes to_finish{};
  /// What its running jobs will grow by within the horizon.
  Bytes ahead{};
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
  /// What can still be written to swap, less a margin.
  Bytes swap_room{};
  /// Used by what is no job: cargo, build scripts, files in tmpfs. Used is authoritative, so this may be negative.
  Bytes overhead{};
  /// Something was evicted and is still on its way out: its memory is neither used any more nor free to be lent.
  bool leaving = false;
  /// By family and id, so each family's jobs lie together, parents first.
  std::vector<Job> jobs;
  /// Oldest first.
  std::vector<Family> families;
  Counts counts;

  [[nodiscard]] std::span<Job> members(const Family& family);
  [[nodiscard]] std::span<const Job> members(const Family& family) const;
  /// The family of a job of this view.
  [[nodiscard]] Family& family_of(const Job& job);
  /// The oldest family with an admitted job; null when everything waits or has ended.
  [[nodiscard]] const Family* oldest_active() const;
  /// What the frozen jobs of a family need when they run again.
  [[nodiscard]] Need stopped(const Family& family) const;
  /// A family is frozen.
  [[nodiscard]] bool any_frozen() const { return std::ranges::any_of(families, &Family::frozen); }
  /// Sets all jobs of a family that are in state `from` to `to`.
  void move(Family& family, JobState from, JobState to);
  /// Sets one job. Its family's sums are stale until `sum_up`: many of one family may change in a step.
  void set(Job& job, JobState state);
  void sum_up(Family& family) const;
  /// Takes an evicted family with its jobs and its memory out; they are on their way. References to families and jobs
  /// are invalid then.
  void remove(const Family& family);
  /// How many jobs of a group have memory, the frozen ones with `frozen_too`.
  [[nodiscard]] int in_group(GroupId group, bool frozen_too) const;
  /// What all that run need.
  [[nodiscard]] Need need() const;
};

/// Groups `view.jobs` (sorted by family and id) into families and sums them up. Call it once when the jobs are in.
void make_families(View& view);

}  // namespace memguard::policy
