// The life of a held exec: the job's process waits in execve for our answer. It is moved into a leaf that is already
// frozen, which the kernel allows, and which it does not notice while it waits killably. Then we answer. The exec
// completes, so a vfork parent goes on at once; the freeze catches the process on its way back to user mode, before the
// first instruction of the new program. If the exec fails instead, the freeze has caught the caller in its old image,
// with its parent blocked, and must be undone at once.

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "cgroup/leaf.h"
#include "supervisor/self/open_files.h"
#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(1);
// An exec that works is over by then, on a loaded machine too; one that fails must not block its parent for long.
constexpr Duration kExecPatience = std::chrono::milliseconds(100);
// The wait for state D is a remedy for a race of old kernels (fixed in 6.1.158 and 6.12.57), so it may be given up.
constexpr Duration kSleepPatience = std::chrono::milliseconds(20);

// True when `condition` held within `patience`. The worker's only way to wait: neither a thread's state nor the end of
// an exec can be polled for.
template <class Condition>
bool wait_until(Duration patience, Condition condition) {
  for (Duration waited{}; waited < patience; waited += kStep) {
    if (condition()) return true;
    pause_for(kStep);
  }
  return condition();
}

// "0::/path" of /proc/PID/cgroup ends below `tree`'s own last component. Compared by that, not by the whole path:
// inside a cgroup namespace the two are not written alike.
bool sits_below(pid_t process, const std::string& run_name) {
  const auto text = read_at(AT_FDCWD, fmt::format("/proc/{}/cgroup", process));
  return !text || text->find("/" + run_name + "/build") != std::string::npos;
}

class CgroupStopper final : public Stopper {
 public:
  CgroupStopper(const cgroup::Home& home, int listener) : home_(home), listener_(listener) {}

  HoldOutcome hold(const ExecFacts& job, std::uint64_t notification, int number) override;
  HoldOutcome look_again(const ExecFacts& job, int number) override;
  Status place(const StopTarget& target) override;
  Status freeze(const StopTarget& target) override;
  Status thaw(const StopTarget& target) override;
  bool is_stopped(const StopTarget& target) override;
  void clear_leaves(const std::set<int>& stopped, const std::set<int>& used) override;
  void vacate(int number) override;

 private:
  /// Good until the next is asked for.
  Result<cgroup::Group*> leaf(int number);
  [[nodiscard]] bool move_in(const ExecFacts& job, std::uint64_t notification, const cgroup::Group& leaf) const;
  [[nodiscard]] static Status move_in(const StopTarget& target, const cgroup::Group& leaf);
  void move_out(const cgroup::Group& leaf) const;
  HoldOutcome let_go(std::uint64_t notification, HoldOutcome outcome) const;

  const cgroup::Home& home_;
  int listener_;
  std::map<int, cgroup::Group> leaves_;
};

Result<cgroup::Group*> CgroupStopper::leaf(int number) {
  if (const auto known = leaves_.find(number); known != leaves_.end()) return &known->second;
  // Whoever is closed is opened again: what cannot be opened cannot be thawed.
  while (leaves_.size() >= most_open_leaves()) leaves_.erase(std::prev(leaves_.end()));
  const std::string name = cgroup::leaf_name(number);
  auto group = home_.build->make(name);
  // Left by a supervisor before us.
  if (!group && group.error().code == EEXIST) group = home_.build->open(name);
  if (!group) return pass(std::move(group.error()), "make a leaf for a job");
  // A job killed by the kernel for memory dies as a whole. ENOENT without the controller.
  (void)group->set_oom_group(true);
  return &leaves_.emplace(number, std::move(*group)).first->second;
}

HoldOutcome CgroupStopper::let_go(std::uint64_t notification, HoldOutcome outcome) const {
  gate::answer_continue(listener_, notification);
  return outcome;
}

bool CgroupStopper::move_in(const ExecFacts& job, std::uint64_t notification, const cgroup::Group& leaf) const {
  // The id is checked before and after: only what waits in its exec may be moved, not a stranger with its pid.
  return gate::still_waiting(listener_, notification) && leaf.add(job.process.pid).has_value() &&
         gate::still_waiting(listener_, notification);
}

Status CgroupStopper::move_in(const StopTarget& target, const cgroup::Group& leaf) {
  // A move waits for an RCU grace period even when it changes nothing.
  const auto inside = leaf.procs().value_or(std::vector<pid_t>{});
  for (const auto& process : target.processes) {
    if (std::ranges::count(inside, process.pid) > 0 || !proc::alive(process)) continue;
    if (auto moved = leaf.add(process.pid); !moved && !moved.error().gone()) return moved;
  }
  return {};
}

// Thawed first, whoever froze it: a supervisor before us may have, and the next job in it is to run.
void CgroupStopper::move_out(const cgroup::Group& leaf) const {
  (void)leaf.set_frozen(false);
  (void)leaf.move_all_to(*home_.main);
}

HoldOutcome CgroupStopper::hold(const ExecFacts& job, std::uint64_t notification, int number) {
  // What left our tree (systemd-run, a container) is not ours to stop.
  if (!sits_below(job.process.pid, home_.run_name)) return let_go(notification, HoldOutcome::outside);
  auto place = leaf(number);
  if (!place) return let_go(notification, HoldOutcome::runs);
  if (!(*place)->set_frozen(true)) return let_go(notification, HoldOutcome::runs);
  if (!move_in(job, notification, **place)) {
    move_out(**place);
    return let_go(notification, HoldOutcome::gone);
  }
  (void)wait_until(kSleepPatience, [&] {
    const auto stat = proc::read_stat(job.thread);
    return !stat || stat->state == 'D';
  });
  gate::answer_continue(listener_, notification);
  return look_again(job, number);
}

HoldOutcome CgroupStopper::look_again(const ExecFacts& job, int number) {
  const HoldOutcome outcome = await_exec(job);
  if (outcome == HoldOutcome::exec_failed) vacate(number);
  return outcome;
}

Status CgroupStopper::freeze(const StopTarget& target) {
  auto place = leaf(target.leaf);
  if (!place) return pass(std::move(place.error()));
  // Frozen first: what is moved in stops at once, and nothing it forks meanwhile escapes.
  if (auto frozen = (*place)->set_frozen(true); !frozen) return frozen;
  return move_in(target, **place);
}

Status CgroupStopper::place(const StopTarget& target) {
  auto place = leaf(target.leaf);
  if (!place) return pass(std::move(place.error()));
  return move_in(target, **place);
}

Status CgroupStopper::thaw(const StopTarget& target) {
  auto place = leaf(target.leaf);
  if (!place) return pass(std::move(place.error()));
  return (*place)->set_frozen(false);
}

bool CgroupStopper::is_stopped(const StopTarget& target) {
  if (target.leaf < 0) return false;
  const auto place = leaf(target.leaf);
  if (!place) return false;
  const auto events = (*place)->events();
  const auto inside = (*place)->procs();
  return events && events->frozen && inside && std::ranges::count(*inside, target.processes.front().pid) > 0;
}

void CgroupStopper::clear_leaves(const std::set<int>& stopped, const std::set<int>& used) {
  const auto names = home_.build->dir().children();
  if (!names) return;
  for (const std::string& name : *names) {
    const auto number = cgroup::leaf_number(name);
    if (!number || stopped.contains(*number)) continue;
    const auto group = home_.build->open(name);
    if (!group) continue;
    if (used.contains(*number)) {
      (void)group->set_frozen(false);
    } else {
      move_out(*group);
    }
  }
}

void CgroupStopper::vacate(int number) {
  if (const auto place = leaf(number)) move_out(**place);
}

}  // namespace

HoldOutcome await_exec(const ExecFacts& job) {
  // We may not see stacks here: believe the exec.
  if (job.old_stack == 0) return HoldOutcome::held;
  char state = 'R';
  const bool there = wait_until(kExecPatience, [&] {
    const auto stat = proc::read_stat(job.process.pid);
    // Gone: the program ran and ended, or was killed; either way nobody is left blocked.
    if (!stat || stat->start_stack != job.old_stack) return true;
    state = stat->state;
    return false;
  });
  if (there) return HoldOutcome::held;
  // What is frozen or stopped is neither runnable nor waits for a disk.
  return state == 'R' || state == 'D' ? HoldOutcome::under_way : HoldOutcome::exec_failed;
}

std::unique_ptr<Stopper> make_cgroup_stopper(const cgroup::Home& home, int listener) {
  return std::make_unique<CgroupStopper>(home, listener);
}

}  // namespace memguard::supervisor
