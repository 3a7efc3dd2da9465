#include "cgroup/run_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/unique_fd.h"
#include "cgroup/location.h"
#include "proc/process.h"

namespace memguard::cgroup {
namespace {

constexpr const char* kGuests = "memguard-guests";
constexpr const char* kOwner = "user.memguard";
constexpr const char* kEnabled = "user.memguard.enabled";
/// For killed processes to give up their memory: tens of GiB take seconds.
constexpr Duration kPatience = std::chrono::seconds(5);
/// In order of need. Users often have no io, on old systemd no cpu either.
constexpr std::array<const char*, 4> kWanted{"memory", "pids", "cpu", "io"};

/// Keeps other memguards from changing the same root meanwhile.
class RootLock {
 public:
  explicit RootLock(const std::string& directory) {
    auto fd = open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    if (!fd) return;
    // Held for milliseconds. A holder that hangs must not keep every later build from starting: go on without.
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries && ::flock(fd->get(), LOCK_EX | LOCK_NB) != 0; ++i) {
      pause_for(std::chrono::milliseconds(10));
    }
    fd_ = std::move(*fd);
  }

 private:
  UniqueFd fd_;
};

/// Keeps the first of several errors, when all steps are to be tried.
void keep_first(Status& first, Status next) {
  if (first && !next && !next.error().gone()) first = std::move(next);
}

bool is_true_root(const Group& root) {
  const auto absent = [&root](const char* file) {
    const auto text = root.dir().read(file);
    return !text && text.error().code == ENOENT;
  };
  return absent("cgroup.type") && absent("cgroup.events");
}

std::vector<std::string> run_names(const Group& root) {
  auto names = root.dir().children().value_or(std::vector<std::string>{});
  std::erase_if(names, [](const std::string& name) { return !is_run_name(name); });
  return names;
}

/// Opens a group, or makes it.
Result<Group> have(const Group& parent, const std::string& name) {
  auto group = parent.open(name);
  return group || !group.error().gone() ? std::move(group) : parent.make(name);
}

// ---- owners

std::string owner_text(const proc::Identity& owner) { return fmt::format("{}:{}", owner.pid, owner.start_ticks); }

/// From the attribute; without (kernels before 5.7) from the name, where a later process of the same pid passes for it.
bool owner_lives(const Group& run, const std::string& name) {
  const auto mark = run.dir().attribute(kOwner).value_or(std::string{});
  const auto colon = mark.find(':');
  const auto pid = to_number<pid_t>(std::string_view(mark).substr(0, colon));
  const auto ticks =
      colon == std::string::npos ? std::nullopt : to_number<std::uint64_t>(std::string_view(mark).substr(colon + 1));
  if (pid && ticks) return proc::alive({*pid, *ticks});
  return proc::read_stat(to_number<pid_t>(std::string_view(name).substr(name.rfind('-') + 1)).value_or(0)).has_value();
}

bool is_abandoned(const Group& run, const std::string& name) {
  if (owner_lives(run, name)) return false;
  const auto supervisor = run.open("supervisor");
  if (!supervisor) return supervisor.error().gone();
  const auto events = supervisor->events();
  return events && !events->populated;
}

/// Kills whoever is in `name` below `parent` and removes it.
Status kill_and_remove(const Group& parent, const std::string& name) {
  const auto group = parent.open(name);
  if (!group) return {};
  Status status = group->kill();
  keep_first(status, group->wait_empty(kPatience));
  keep_first(status, parent.remove(name, kPatience));
  return status;
}

// ---- controllers

/// Enables what is wanted and available; returns what was not enabled before. The error is that of memory.
Result<std::set<std::string>> enable_wanted(const Group& group) {
  const auto available = group.controllers();
  const auto before = group.enabled_controllers();
  if (!available || !before) return std::set<std::string>{};
  std::set<std::string> enabled;
  for (const std::string name : kWanted) {
    if (!available->contains(name) || before->contains(name)) continue;
    auto done = group.enable_controller(name);
    if (done) enabled.insert(name);
    if (!done && name == "memory") return pass(std::move(done.error()));
  }
  return enabled;
}

void disable_all(const Group& group, const std::set<std::string>& names) {
  // Those that cannot be disabled are in use by somebody else now.
  for (const auto& name : names) static_cast<void>(group.disable_controller(name));
}

/// Notes what we enabled in the root for the last run to take back.
void note_enabled(const Group& root, const std::set<std::string>& names) {
  if (names.empty()) return;
  auto all = parse_controllers(root.dir().attribute(kEnabled).value_or(std::string{}));
  all.insert(names.begin(), names.end());
  std::string text;
  for (const auto& name : all) text += name + " ";
  static_cast<void>(root.dir().set_attribute(kEnabled, text));
}

/// What to take back in the root: as noted, or where no attributes exist, all that we would have enabled.
std::set<std::string> enabled_by_us(const Group& root) {
  auto noted = root.dir().attribute(kEnabled);
  if (noted) return parse_controllers(*noted);
  if (noted.error().code == ENODATA || is_true_root(root)) return {};
  return {kWanted.begin(), kWanted.end()};
}

/// Disables in the root what was enabled for runs, when no run is left.
void give_back_controllers(const Group& root) {
  const auto names = root.dir().children().value_or(std::vector<std::string>{});
  const bool others =
      std::any_of(names.begin(), names.end(), [](const auto& name) { return name != kGuests && !is_run_name(name); });
  // Below the true root any other group may have come to rely on them.
  if (others && is_true_root(root)) return;
  disable_all(root, enabled_by_us(root));
}

// ---- guests

/// Moves whoever sits in the root itself to the guests. Kernel threads and the like stay in the true root.
Status move_guests_out(const Group& root) {
  const auto procs = root.procs();
  if (!procs || procs->empty() || is_true_root(root)) return {};
  auto guests = have(root, kGuests);
  if (!guests) return pass(std::move(guests.error()));
  return root.move_all_to(*guests);
}

Status move_guests_back(const Group& root) {
  const auto guests = root.open(kGuests);
  if (!guests) return {};
  Status status = guests->move_all_to(root);
  keep_first(status, root.remove(kGuests, kPatience));
  return status;
}

/// The root as it was before the first run.
Status give_back(const Group& root) {
  if (!run_names(root).empty()) return {};
  give_back_controllers(root);
  static_cast<void>(root.dir().remove_attribute(kEnabled));
  return move_guests_back(root);
}

int sweep_locked(const Group& root) {
  int removed = 0;
  for (const auto& name : run_names(root)) {
    const auto run = root.open(name);
    if (run && is_abandoned(*run, name) && kill_and_remove(root, name)) ++removed;
  }
  return removed;
}

// ---- making

/// Enables controllers in the root. Somebody may enter it between our emptying and enabling it: then again.
Status enable_in_root(const Group& root) {
  constexpr int kTries = 20;
  for (int left = kTries;; --left) {
    if (auto moved = move_guests_out(root); !moved) return moved;
    auto enabled = enable_wanted(root);
    if (enabled) note_enabled(root, *enabled);
    if (enabled || enabled.error().code != EBUSY || left == 0) return enabled ? Status{} : pass(enabled.error());
  }
}

/// The upper part of the tree, with us in supervisor/.
Status make_groups(Home& home) {
  const auto self = proc::read_stat(::getpid());
  if (!self) return pass(self.error());
  home.run_name = fmt::format("memguard-{}", self->pid);
  auto run = home.root->make(home.run_name);
  if (!run) return pass(std::move(run.error()));
  home.run.emplace(std::move(*run));
  static_cast<void>(home.run->dir().set_attribute(kOwner, owner_text({self->pid, self->start_ticks})));
  for (auto* group : {&home.supervisor, &home.build}) {
    auto made = home.run->make(group == &home.build ? "build" : "supervisor");
    if (!made) return pass(std::move(made.error()));
    group->emplace(std::move(*made));
  }
  return home.supervisor->add(self->pid);
}

/// Controllers down to the jobs, as far as they are to be had. Without memory the tier is lower, no more.
Status enable_all(Home& home) {
  Status status = enable_in_root(*home.root);
  for (const auto* group : {&home.run, &home.build}) {
    auto enabled = enable_wanted(**group);
    if (!enabled) keep_first(status, pass(enabled.error()));
  }
  return status;
}

Tier tier_of(const Home& home) {
  const auto enabled = home.build->enabled_controllers();
  if (enabled && enabled->contains("memory") && home.build->memory_high()) return Tier::full;
  return home.build->dir().read("cgroup.freeze") ? Tier::freezer : Tier::signal;
}

Status build_tree(Home& home) {
  if (auto made = make_groups(home); !made) return made;
  auto enabled = enable_all(home);
  auto main = home.build->make("main");
  if (!main) return pass(std::move(main.error()));
  home.main.emplace(std::move(*main));
  home.tier = tier_of(home);
  if (home.tier == Tier::full || enabled) return {};
  home.missing.push_back({fmt::format("the memory controller could not be enabled ({})", enabled.error().text()),
                          "Start the build in a delegated group where nobody but memguard moves processes."});
  return {};
}

// ---- leaving

/// Everyone in supervisor/ out of the run. To where we came from below the true root; else to the root itself, or while
/// other runs keep it empty, to the guests.
Status move_out(const Home& home, bool last) {
  const Group& root = *home.root;
  if (is_true_root(root)) {
    auto before = open_cgroup(home.came_from);
    if (before && home.supervisor->move_all_to(Group(std::move(*before)))) return {};
    return home.supervisor->move_all_to(root);
  }
  if (last) {
    give_back_controllers(root);
    if (home.supervisor->move_all_to(root)) return {};
  }
  auto guests = have(root, kGuests);
  if (!guests) return pass(std::move(guests.error()));
  return home.supervisor->move_all_to(*guests);
}

Status remove_locked(Home& home) {
  Status status;
  const auto names = run_names(*home.root);
  const bool last = std::all_of(names.begin(), names.end(), [&](const auto& name) { return name == home.run_name; });
  if (home.run) {
    keep_first(status, kill_and_remove(*home.run, "build"));
    // The root can give a controller back only when no child passes it on.
    disable_all(*home.run, home.run->enabled_controllers().value_or(std::set<std::string>{}));
  }
  if (home.supervisor) keep_first(status, move_out(home, last));
  if (home.run) keep_first(status, home.root->remove(home.run_name, kPatience));
  keep_first(status, give_back(*home.root));
  return status;
}

}  // namespace

Result<Home> make_run(Group root, Origin origin, std::string came_from) {
  const RootLock lock(root.path());
  static_cast<void>(sweep_locked(root));
  Home home;
  home.origin = origin;
  home.came_from = std::move(came_from);
  home.root.emplace(std::move(root));
  Status made = build_tree(home);
  if (made && home.tier == Tier::signal) made = fail("freeze a group", EOPNOTSUPP, "Linux 5.2 brought cgroup.freeze.");
  if (made) return home;
  static_cast<void>(remove_locked(home));
  return pass(std::move(made.error()));
}

Status remove_run(Home& home) {
  if (!home.root) return {};
  const RootLock lock(home.root->path());
  auto status = remove_locked(home);
  for (auto* group : {&home.main, &home.build, &home.supervisor, &home.run}) group->reset();
  return status;
}

int sweep(const Group& root) {
  const RootLock lock(root.path());
  const int removed = sweep_locked(root);
  if (removed > 0) static_cast<void>(give_back(root));
  return removed;
}

}  // namespace memguard::cgroup
