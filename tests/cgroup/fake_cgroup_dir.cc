#include "fake_cgroup_dir.h"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/io.h"
#include "proc/lines.h"

namespace memguard::cgroup {

/// One group.
struct FakeNode {
  std::string path;
  FakeNode* parent = nullptr;
  bool true_root = false;
  bool removed = false;
  std::set<std::string> top_controllers;
  std::set<std::string> subtree_control;
  std::vector<pid_t> procs;
  bool freeze = false;
  std::map<std::string, std::shared_ptr<FakeNode>> children;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::string> attributes;

  [[nodiscard]] const std::set<std::string>& controllers() const {
    return parent == nullptr ? top_controllers : parent->subtree_control;
  }
  [[nodiscard]] bool populated() const {
    return !procs.empty() ||
           std::any_of(children.begin(), children.end(), [](const auto& child) { return child.second->populated(); });
  }
  [[nodiscard]] bool frozen() const { return freeze || (parent != nullptr && parent->frozen()); }
};

namespace {

constexpr std::int64_t kPage = 4096;

/// Controllers whose groups may hold processes beside groups (cgrp_dfl_threaded_ss_mask).
bool is_threaded(const std::string& controller) { return controller == "cpu" || controller == "pids"; }

bool any_child_populated(const FakeNode& node) {
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const auto& child) { return child.second->populated(); });
}

/// cgroup_can_be_thread_root: processes and threaded controllers may be together there.
bool may_mix(const FakeNode& node) {
  return !any_child_populated(node) &&
         std::all_of(node.subtree_control.begin(), node.subtree_control.end(), is_threaded);
}

std::string join_names(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text + "\n";
}

void kill_all(FakeNode& node) {
  node.procs.clear();
  for (auto& [name, child] : node.children) kill_all(*child);
}

/// Files whose text a controller or the test sets, with what they say in a new group.
const std::map<std::string, std::string>& memory_files() {
  static const std::map<std::string, std::string> files{
      {"memory.current", "0\n"},
      {"memory.max", "max\n"},
      {"memory.high", "max\n"},
      {"memory.swap.max", "max\n"},
      {"memory.swap.current", "0\n"},
      {"memory.oom.group", "0\n"},
      {"memory.stat", "anon 0\nfile 0\nkernel 0\nshmem 0\nslab_reclaimable 0\n"},
      {"memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n"},
  };
  return files;
}

constexpr const char* kPressure =
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
constexpr const char* kCpuStat = "usage_usec 0\nuser_usec 0\nsystem_usec 0\n";

class FakeDir final : public CgroupDir {
 public:
  FakeDir(FakeTree& tree, std::shared_ptr<FakeNode> node) : tree_(tree), node_(std::move(node)) {
    path_ = node_->path.empty() ? "/fake" : "/fake/" + node_->path;
  }
  Result<std::string> read(const std::string& file) override;
  Status write(const std::string& file, std::string_view text) override;
  Result<std::unique_ptr<CgroupDir>> make_child(const std::string& name) override;
  Result<std::unique_ptr<CgroupDir>> open_child(const std::string& name) override;
  Status remove_child(const std::string& name) override;
  Result<std::vector<std::string>> children() override;
  Result<std::string> attribute(const std::string& name) override;
  Status set_attribute(const std::string& name, std::string_view value) override;
  Status remove_attribute(const std::string& name) override;
  Result<UniqueFd> open_trigger(const std::string& file, std::string_view trigger) override;
  const std::string& path() const override { return path_; }

 private:
  using Error = tl::unexpected<memguard::Error>;
  [[nodiscard]] Error failure(const std::string& step, const std::string& file, int code) const {
    return memguard::fail(fmt::format("{} {}/{}", step, path_, file), code);
  }
  /// A failure that the test asked for, or ENODEV of a removed group; 0 for none.
  [[nodiscard]] int refusal(const std::string& operation, const std::string& file) {
    const int code = tree_.take_failure(operation, node_->path, file);
    return code != 0 ? code : node_->removed ? ENODEV : 0;
  }
  [[nodiscard]] std::optional<std::string> text_of(const std::string& file) const;
  [[nodiscard]] int store(const std::string& file, const std::string& text);
  [[nodiscard]] int move_in(const std::string& text);
  [[nodiscard]] int control(const std::string& text);
  [[nodiscard]] int set_limit(const std::string& file, const std::string& text);
  [[nodiscard]] int reclaim(const std::string& text);
  [[nodiscard]] bool has_memory() const { return node_->controllers().contains("memory") && !node_->true_root; }

  FakeTree& tree_;
  std::shared_ptr<FakeNode> node_;
  std::string path_;
};

std::optional<std::string> FakeDir::text_of(const std::string& file) const {
  const bool ordinary = !node_->true_root;
  if (file == "cgroup.procs") {
    std::string text;
    for (const pid_t pid : node_->procs) text += fmt::format("{}\n", pid);
    return text;
  }
  if (file == "cgroup.controllers") return join_names(node_->controllers());
  if (file == "cgroup.subtree_control") return join_names(node_->subtree_control);
  if (file == "cgroup.type" && ordinary) return "domain\n";
  if (file == "cgroup.freeze" && ordinary) return node_->freeze ? "1\n" : "0\n";
  if (file == "cgroup.events" && ordinary) {
    return fmt::format("populated {}\nfrozen {}\n", int{node_->populated()}, int{node_->frozen()});
  }
  const auto set = node_->texts.find(file);
  const bool is_memory = memory_files().contains(file);
  if (is_memory && !has_memory()) return std::nullopt;
  if (set != node_->texts.end()) return set->second;
  if (is_memory) return memory_files().at(file);
  if (file == "memory.pressure" || file == "cpu.pressure") return kPressure;
  if (file == "cpu.stat") return kCpuStat;
  return std::nullopt;
}

Result<std::string> FakeDir::read(const std::string& file) {
  if (const int code = refusal("read", file); code != 0) return failure("read", file, code);
  auto text = text_of(file);
  if (!text) return failure("open", file, ENOENT);
  return *text;
}

int FakeDir::move_in(const std::string& text) {
  const auto pid = to_number<pid_t>(text);
  if (!pid) return EINVAL;
  FakeNode* from = tree_.node_of(*pid == 0 ? ::getpid() : *pid);
  if (from == nullptr) return ESRCH;
  if (from == node_.get()) return 0;
  if (!node_->true_root && !may_mix(*node_) && !node_->subtree_control.empty()) return EBUSY;
  std::erase(from->procs, *pid);
  node_->procs.push_back(*pid);
  return 0;
}

int FakeDir::control(const std::string& text) {
  for (const auto word : proc::split(text, " ")) {
    const std::string name(word.substr(1));
    const bool enable = word.front() == '+';
    if (!enable && word.front() != '-') return EINVAL;
    if (enable && !node_->controllers().contains(name)) return ENOENT;
    const bool below = std::any_of(node_->children.begin(), node_->children.end(),
                                   [&name](const auto& child) { return child.second->subtree_control.contains(name); });
    if (!enable && below) return EBUSY;
    const bool allowed = node_->true_root || node_->procs.empty() || (is_threaded(name) && may_mix(*node_));
    if (enable && !node_->subtree_control.contains(name) && !allowed) return EBUSY;
    if (enable) node_->subtree_control.insert(name);
    if (!enable) node_->subtree_control.erase(name);
  }
  return 0;
}

int FakeDir::set_limit(const std::string& file, const std::string& text) {
  if (text == "max") {
    node_->texts[file] = "max\n";
    return 0;
  }
  const auto bytes = to_number<std::int64_t>(text);
  if (!bytes || *bytes < 0) return EINVAL;
  // The kernel counts pages.
  node_->texts[file] = fmt::format("{}\n", *bytes / kPage * kPage);
  return 0;
}

int FakeDir::reclaim(const std::string& text) {
  const auto wanted = to_number<std::int64_t>(text);
  if (!wanted) return EINVAL;
  const auto number_in = [&](const std::string& file) {
    const auto line = text_of(file).value_or("0\n");
    return to_number<std::int64_t>(std::string_view(line).substr(0, line.size() - 1)).value_or(0);
  };
  const auto have = number_in("memory.current");
  const auto taken = std::min(have, *wanted);
  node_->texts["memory.current"] = fmt::format("{}\n", have - taken);
  // All of it was anonymous.
  node_->texts["memory.swap.current"] = fmt::format("{}\n", number_in("memory.swap.current") + taken);
  return have < *wanted ? EAGAIN : 0;
}

int FakeDir::store(const std::string& file, const std::string& text) {
  if (file == "cgroup.procs") return move_in(text);
  if (file == "cgroup.subtree_control") return control(text);
  if (file == "cgroup.freeze" && !node_->true_root) {
    if (text != "0" && text != "1") return EINVAL;
    node_->freeze = text == "1";
    return 0;
  }
  if (file == "cgroup.kill" && !node_->true_root) {
    if (text != "1") return EINVAL;
    kill_all(*node_);
    return 0;
  }
  if (!has_memory()) return ENOENT;
  if (file == "memory.reclaim") return reclaim(text);
  if (file == "memory.max" || file == "memory.high" || file == "memory.swap.max") return set_limit(file, text);
  if (file != "memory.oom.group") return memory_files().contains(file) ? EACCES : ENOENT;
  if (text != "0" && text != "1") return EINVAL;
  node_->texts[file] = text + "\n";
  return 0;
}

Status FakeDir::write(const std::string& file, std::string_view text) {
  int code = refusal("write", file);
  if (code == 0) code = store(file, std::string(text));
  if (code != 0) return failure("write", file, code);
  tree_.note(fmt::format("{}{}{}={}", node_->path, node_->path.empty() ? "" : "/", file, text));
  return {};
}

Result<std::unique_ptr<CgroupDir>> FakeDir::make_child(const std::string& name) {
  int code = refusal("make", name);
  if (code == 0 && name.find('/') != std::string::npos) code = EINVAL;
  if (code == 0 && node_->children.contains(name)) code = EEXIST;
  if (code != 0) return failure("make", name, code);
  auto child = std::make_shared<FakeNode>();
  child->path = node_->path.empty() ? name : node_->path + "/" + name;
  child->parent = node_.get();
  node_->children.emplace(name, child);
  tree_.note("make " + child->path);
  return std::make_unique<FakeDir>(tree_, std::move(child));
}

Result<std::unique_ptr<CgroupDir>> FakeDir::open_child(const std::string& name) {
  if (const int code = refusal("open", name); code != 0) return failure("open", name, code);
  const auto child = node_->children.find(name);
  if (child == node_->children.end()) return failure("open", name, ENOENT);
  return std::make_unique<FakeDir>(tree_, child->second);
}

Status FakeDir::remove_child(const std::string& name) {
  const int code = refusal("remove", name);
  if (code == ENODEV) return {};
  if (code != 0) return failure("remove", name, code);
  const auto child = node_->children.find(name);
  if (child == node_->children.end()) return {};
  if (child->second->populated() || !child->second->children.empty()) return failure("remove", name, EBUSY);
  child->second->removed = true;
  tree_.note("remove " + child->second->path);
  node_->children.erase(child);
  return {};
}

Result<std::vector<std::string>> FakeDir::children() {
  if (const int code = refusal("read", "."); code != 0) return failure("open", ".", code);
  std::vector<std::string> names;
  for (const auto& [name, child] : node_->children) names.push_back(name);
  return names;
}

Result<std::string> FakeDir::attribute(const std::string& name) {
  if (const int code = tree_.take_failure("attribute", node_->path, name); code != 0) {
    return failure("get attribute", name, code);
  }
  const auto value = node_->attributes.find(name);
  if (value == node_->attributes.end()) return failure("get attribute", name, ENODATA);
  return value->second;
}

Status FakeDir::set_attribute(const std::string& name, std::string_view value) {
  if (const int code = tree_.take_failure("attribute", node_->path, name); code != 0) {
    return failure("set attribute", name, code);
  }
  node_->attributes[name] = value;
  return {};
}

Status FakeDir::remove_attribute(const std::string& name) {
  node_->attributes.erase(name);
  return {};
}

Result<UniqueFd> FakeDir::open_trigger(const std::string& file, std::string_view trigger) {
  if (const int code = refusal("trigger", file); code != 0) return failure("open", file, code);
  if (!text_of(file)) return failure("open", file, ENOENT);
  tree_.note(fmt::format("{}{}trigger {}={}", node_->path, node_->path.empty() ? "" : "/", file, trigger));
  return open_at(AT_FDCWD, "/dev/null", O_RDWR);
}

}  // namespace

FakeTree::FakeTree(Top top, std::set<std::string> controllers) : top_(std::make_shared<FakeNode>()) {
  top_->true_root = top == Top::hierarchy_root;
  top_->top_controllers = std::move(controllers);
}

std::unique_ptr<CgroupDir> FakeTree::open() { return std::make_unique<FakeDir>(*this, top_); }

FakeNode* FakeTree::find(const std::string& path) const {
  FakeNode* node = top_.get();
  for (const auto name : proc::split(path, "/")) {
    const auto child = node->children.find(std::string(name));
    if (child == node->children.end()) return nullptr;
    node = child->second.get();
  }
  return node;
}

FakeNode* FakeTree::node_of(pid_t pid) const {
  const std::function<FakeNode*(FakeNode&)> search = [&](FakeNode& node) -> FakeNode* {
    if (std::find(node.procs.begin(), node.procs.end(), pid) != node.procs.end()) return &node;
    for (auto& [name, child] : node.children) {
      if (auto* found = search(*child)) return found;
    }
    return nullptr;
  };
  return search(*top_);
}

void FakeTree::spawn(pid_t pid, const std::string& path) { find(path)->procs.push_back(pid); }

void FakeTree::end(pid_t pid) {
  if (auto* node = node_of(pid)) std::erase(node->procs, pid);
}

std::string FakeTree::where(pid_t pid) const {
  const auto* node = node_of(pid);
  return node == nullptr ? "gone" : node->path;
}

void FakeTree::set_text(const std::string& path, const std::string& file, const std::string& text) {
  find(path)->texts[file] = text;
}

void FakeTree::fail(const std::string& operation, const std::string& path, const std::string& file, int code,
                    int times) {
  failures_.push_back({operation, path, file, code, times});
}

int FakeTree::take_failure(const std::string& operation, const std::string& path, const std::string& file) {
  for (auto& failure : failures_) {
    if (failure.times == 0 || failure.operation != operation || failure.path != path || failure.file != file) continue;
    --failure.times;
    return failure.code;
  }
  return 0;
}

std::vector<std::string> FakeTree::groups() const {
  std::vector<std::string> all;
  const std::function<void(const FakeNode&)> list = [&](const FakeNode& node) {
    for (const auto& [name, child] : node.children) {
      all.push_back(child->path);
      list(*child);
    }
  };
  list(*top_);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace memguard::cgroup
