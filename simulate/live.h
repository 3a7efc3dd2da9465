// What lives in the world, and what the policy is shown of it.
#pragma once

#include <map>
#include <optional>

#include "policy/decision.h"
#include "simulate/task.h"

namespace memguard::simulate {

/// A task that has started: one process.
struct Live {
  std::size_t task = 0;
  JobId id{};
  FamilyId family{};
  /// The job that started it.
  std::optional<JobId> above{};
  JobState state = JobState::waiting;
  /// Waits, and will for a while.
  bool held = false;
  double progress = 0;
  double cpu = 0;
  /// In memory, and what it has besides in swap.
  double memory = 0;
  double swapped = 0;
  double peak = 0;
  double factor = 1;
  /// Would compute if its memory were there.
  bool works = false;
  int children = 0;
  int freezes = 0;
};

/// A task without parent and all that it starts.
struct Family {
  std::size_t root = 0;
  int evictions = 0;
  int oom_kills = 0;
  std::map<ClassId, Bytes> evicted_at;
  std::map<ClassId, Bytes> killed_at;
  /// Since it was started last.
  double cpu = 0;
  /// Its processes are gone, and it will be back then.
  std::optional<Instant> back_at;
  bool over = false;

  /// How often it was started again, for whatever reason.
  [[nodiscard]] int restarts() const { return evictions + oom_kills; }
};

/// What the policy sees of a job; `restartable`: its family comes back when it is killed.
[[nodiscard]] policy::JobSeen look_at(const Live& job, const Family& family, const Task& task, bool restartable);

/// Of a task, and how a family was ended.
enum class Fate : std::uint8_t { not_started, live, ended, lost };
enum class Death : std::uint8_t { evicted, out_of_memory };

/// An action that was decided and has yet to take effect.
struct Pending {
  Instant due{};
  policy::Action action;
  /// Restarts of the family when it was decided: an eviction is for those processes, not for the next.
  int restarts = 0;
};

/// What runs until the next event.
struct Pace {
  std::vector<Live*> busy;
  double demand = 0;
  /// Of what each wants.
  double share = 1;
};

/// Progress a second.
[[nodiscard]] double speed(const Task& task, const Pace& pace);
/// Is where it holds the world's lock.
[[nodiscard]] bool wants_lock(const Task& task, const Live& job);
/// Whether `other` has memory and is neither the job itself nor one above it, which waits for it.
[[nodiscard]] bool has_memory_beside(const std::vector<Task>& tasks, const Live& other, const Live& job);

}  // namespace memguard::simulate
