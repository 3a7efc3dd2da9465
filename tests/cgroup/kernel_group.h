// A group of the test's own in this machine's cgroup2, where it is writable, with processes that wait.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <set>
#include <string>

#include "base/pinned.h"
#include "cgroup/group.h"

namespace memguard::cgroup {

/// Made beside where the test runs, so that it needs no right that a build would not; removed with all its processes.
class KernelGroup : Pinned {
 public:
  KernelGroup();
  ~KernelGroup();

  /// What this machine lacks for it: "a mounted cgroup2 file system"; empty when there is a group.
  [[nodiscard]] const std::string& unavailable() const { return unavailable_; }
  [[nodiscard]] Group& group() { return *group_; }
  /// A child that waits until it is killed, still outside of the group.
  [[nodiscard]] pid_t spawn();
  /// Waits until such a child has ended, and returns the signal that ended it, 0 for none.
  int wait_end(pid_t pid);

 private:
  void make();
  void check_moving();
  std::string unavailable_;
  std::string name_;
  std::array<int, 2> pipe_{-1, -1};
  std::set<pid_t> children_;
  std::optional<Group> parent_;
  std::optional<Group> group_;
};

}  // namespace memguard::cgroup
