// What concerns a group and those below it, or two groups.
#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "cgroup/group.h"

namespace memguard::cgroup {
namespace {

/// How long the kernel is given between two looks at something that is about to happen.
constexpr auto kPause = std::chrono::milliseconds(5);

/// Everyone in `dir` and below, into `pids`. A child that vanishes meanwhile has no processes left.
Status collect_procs(CgroupDir& dir, std::vector<pid_t>& pids) {
  auto text = dir.read("cgroup.procs");
  if (!text) return pass(std::move(text.error()));
  auto own = parse_procs(*text);
  if (!own) return pass(std::move(own.error()), dir.path());
  pids.insert(pids.end(), own->begin(), own->end());
  const auto names = dir.children();
  if (!names) return {};
  for (const auto& name : *names) {
    const auto child = dir.open_child(name);
    if (!child) continue;
    if (auto below = collect_procs(**child, pids); !below && !below.error().gone()) return below;
  }
  return {};
}

/// Removes child `name` of `dir` and all below it once, bottom up.
Status remove_once(CgroupDir& dir, const std::string& name) {
  if (const auto child = dir.open_child(name)) {
    const auto names = (*child)->children();
    for (const auto& below : names ? *names : std::vector<std::string>{}) {
      // What still holds it shows again when its parent is removed.
      static_cast<void>(remove_once(**child, below));
    }
  }
  return dir.remove_child(name);
}

/// Moves each of `pids` into `target`; those that ended meanwhile need no moving.
Status move(const std::vector<pid_t>& pids, const Group& target) {
  for (const pid_t pid : pids) {
    auto moved = target.add(pid);
    // A removed target is ENODEV; only the process itself may be gone.
    if (!moved && moved.error().code != ESRCH) return moved;
  }
  return {};
}

/// SIGKILL to everyone in a frozen group. Nobody in it can end or be replaced by a later process of the same pid: all
/// are stopped, and who is forked while the freeze spreads starts stopped.
Status kill_each(const Group& group) {
  std::set<pid_t> killed;
  for (bool more = true; more;) {
    auto pids = group.procs_below();
    if (!pids) return pass(std::move(pids.error()));
    more = false;
    for (const pid_t pid : *pids) {
      if (!killed.insert(pid).second) continue;
      more = true;
      if (::kill(pid, SIGKILL) != 0 && errno != ESRCH) return fail_errno(fmt::format("kill process {}", pid));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<pid_t>> Group::procs_below() const {
  std::vector<pid_t> pids;
  if (auto collected = collect_procs(*dir_, pids); !collected) return pass(std::move(collected.error()));
  return pids;
}

Status Group::move_all_to(const Group& target) const {
  // Each round catches the forks of the one before. Processes that are ending can be listed and yet not be moved.
  constexpr int kRounds = 1000;
  std::vector<pid_t> before;
  for (int round = 0; round < kRounds; ++round) {
    auto pids = procs();
    if (!pids) return pass(std::move(pids.error()));
    if (pids->empty()) return {};
    if (*pids == before) pause_for(kPause);
    if (auto moved = move(*pids, target); !moved) return moved;
    before = std::move(*pids);
  }
  return fail(fmt::format("move all processes of {} to {}", path(), target.path()), EBUSY);
}

Status Group::kill() const {
  auto killed = dir_->write("cgroup.kill", "1");
  if (killed || killed.error().code != ENOENT) return killed;
  if (auto frozen = set_frozen(true); !frozen) return frozen;
  auto each = kill_each(*this);
  // Whatever came of it: whoever freezes a group owes it a thaw.
  static_cast<void>(set_frozen(false));
  return each;
}

Result<Group> Group::make(const std::string& name) const {
  auto child = dir_->make_child(name);
  if (!child) return pass(std::move(child.error()));
  // Throttling at memory.high is pressure to systemd-oomd, which would kill the build for it (man 8 systemd-oomd).
  // Without the attribute the group works as well.
  static_cast<void>((*child)->set_attribute("user.oomd_avoid", "1"));
  return Group(std::move(*child));
}

Result<Group> Group::open(const std::string& name) const {
  auto child = dir_->open_child(name);
  if (!child) return pass(std::move(child.error()));
  return Group(std::move(*child));
}

Status Group::remove(const std::string& name, Duration patience) const {
  // A killed process stays in its group until it has given up its memory.
  for (Duration waited{};; waited += kPause) {
    auto removed = remove_once(*dir_, name);
    if (removed || removed.error().code != EBUSY || waited >= patience) return removed;
    pause_for(kPause);
  }
}

Status Group::wait_empty(Duration patience) const {
  for (Duration waited{};; waited += kPause) {
    auto now = events();
    if (!now && now.error().gone()) return {};
    if (!now) return pass(std::move(now.error()));
    if (!now->populated) return {};
    if (waited >= patience) return fail(fmt::format("wait for the processes of {} to end", path()), EBUSY);
    pause_for(kPause);
  }
}

}  // namespace memguard::cgroup
