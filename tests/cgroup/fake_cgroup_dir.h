// A cgroup2 hierarchy in memory that behaves as the kernel's (kernel/cgroup/cgroup.c), for tests without root.
//
// It keeps the ordered list of what was written, and fails where a test tells it to. The contract suite
// (cgroup_dir_contract_test.cc) runs against it and against the real thing, so that it cannot drift.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cgroup/cgroup_dir.h"

namespace memguard::cgroup {

struct FakeNode;

/// The whole tree. Its top is an ordinary group, as a delegated subtree or a cgroup namespace shows it, unless made as
/// the true root of the hierarchy.
class FakeTree {
 public:
  enum class Top : std::uint8_t { delegated, hierarchy_root };
  explicit FakeTree(Top top = Top::delegated, std::set<std::string> controllers = {"cpu", "io", "memory", "pids"});

  /// A handle of the top, which is called "/fake".
  [[nodiscard]] std::unique_ptr<CgroupDir> open();

  /// Puts a process into the group at `path` ("" is the top, "a/b" below it), as fork would: whatever rules moving.
  void spawn(pid_t pid, const std::string& path = {});
  /// A process ends.
  void end(pid_t pid);
  /// Where a process is: "", "a/b". "gone" when nowhere.
  [[nodiscard]] std::string where(pid_t pid) const;

  /// Sets what the kernel would write into a file: memory.current, memory.stat, memory.events, memory.pressure...
  void set_text(const std::string& path, const std::string& file, const std::string& text);

  /// The next `times` uses of `file` below `path` for `operation` ("read", "write", "make", "open", "remove",
  /// "attribute", "trigger") fail with `code`; for make, open and remove `file` is the child's name.
  void fail(const std::string& operation, const std::string& path, const std::string& file, int code, int times = 1);

  /// What changed the tree, in order: "a/b/cgroup.freeze=1", "make a/b", "remove a/b".
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }
  void clear_log() { log_.clear(); }
  /// Every group below the top, sorted: "a", "a/b".
  [[nodiscard]] std::vector<std::string> groups() const;

  // ---- for the handles
  [[nodiscard]] int take_failure(const std::string& operation, const std::string& path, const std::string& file);
  void note(const std::string& line) { log_.push_back(line); }
  [[nodiscard]] FakeNode* find(const std::string& path) const;
  [[nodiscard]] FakeNode* node_of(pid_t pid) const;

 private:
  struct Failure {
    std::string operation;
    std::string path;
    std::string file;
    int code = 0;
    int times = 0;
  };
  std::shared_ptr<FakeNode> top_;
  std::vector<Failure> failures_;
  std::vector<std::string> log_;
};

}  // namespace memguard::cgroup
