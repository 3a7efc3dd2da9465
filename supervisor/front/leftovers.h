// What a command leaves running when it ends: nothing of a build runs on after us.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cgroup/home.h"
#include "proc/process.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// The processes of the build, seen from the front, which is their subreaper.
class BuildProcesses {
 public:
  /// `ours` says which processes below the front are none of the build's. All must outlive it.
  BuildProcesses(const cgroup::Home& home, SharedArea& area, std::function<bool(const proc::Stat&)> ours)
      : home_(home), area_(area), ours_(std::move(ours)) {}

  /// Nothing of the build is left but us.
  [[nodiscard]] bool empty() const;
  /// Zombies left out.
  [[nodiscard]] std::vector<proc::Stat> living() const;
  /// All of them at once, frozen ones too.
  void kill() const;

 private:
  const cgroup::Home& home_;
  SharedArea& area_;
  std::function<bool(const proc::Stat&)> ours_;
};

/// Their end: a second to end by themselves, then TERM, and after the user's patience KILL.
class Leftovers {
 public:
  /// The command ended `now`. Without `stop_timeout` they have 5 s from TERM to KILL.
  Leftovers(const BuildProcesses& build, SharedArea& area, std::optional<Duration> stop_timeout, Moment now);

  /// Does what is due. False when nothing can be done any more (the kernel has not ended them 5 s after KILL).
  [[nodiscard]] bool step(Moment now);
  /// What was done, one line for people; empty when all had ended by themselves.
  [[nodiscard]] std::string line() const;

 private:
  void terminate();
  void kill();

  const BuildProcesses& build_;
  SharedArea& area_;
  Moment terminate_at_;
  Moment kill_at_;
  Moment give_up_at_;
  std::set<pid_t> told_;
  std::set<pid_t> killed_;
  /// How many of each name were told to end.
  std::map<std::string, int> names_;
};

}  // namespace memguard::supervisor
