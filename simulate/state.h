// What is so at one moment of a simulated build. The build tool, the kernel and the passing of time each change a part
// of it; none of them has a rule of the policy.
#pragma once

#include <optional>
#include <vector>

#include "simulate/live.h"
#include "simulate/outcome.h"
#include "simulate/task.h"

namespace memguard::simulate {

struct State {
  /// The tasks must outlive it. Where no policy governs, what is started runs at once.
  State(const std::vector<Task>& of, const Machine& on, bool by_policy);

  /// What the build may use now.
  [[nodiscard]] Bytes limit() const;
  /// By jobs and by what is no job, without swap.
  [[nodiscard]] double used() const;
  /// What it does.
  [[nodiscard]] const Task& task_of(const Live& job) const { return tasks[job.task]; }
  /// Ids count families from 0.
  [[nodiscard]] Family& family_of(FamilyId id) { return families[static_cast<std::size_t>(id)]; }
  /// It comes back when it is killed.
  [[nodiscard]] bool can_restart(FamilyId family);
  /// The task has ended, or is lost.
  [[nodiscard]] bool over(std::size_t task) const { return fate[task] == Fate::ended || fate[task] == Fate::lost; }
  /// It runs from now on, with the memory of its progress.
  void let_run(Live& job) const;
  /// Sets the memory that its curve has at its progress.
  void set_memory(Live& job) const;
  /// Its process is gone. The policy is told of it at its next step.
  Live remove(std::size_t index, bool completed);

  const std::vector<Task>& tasks;
  Machine machine;
  bool governed;
  /// Of each task those that it starts.
  std::vector<std::vector<std::size_t>> children;
  std::vector<Fate> fate;
  std::vector<Live> live;
  /// By their ids.
  std::vector<Family> families;
  /// Who holds the one lock.
  std::optional<JobId> lock;
  Instant now{};
  /// Since the policy last looked: who has ended, and whether it should look before its next sample.
  std::vector<policy::JobEnded> ended;
  bool event = false;
  Outcome out;
};

}  // namespace memguard::simulate
