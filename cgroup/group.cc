// The control files of one group. What concerns several groups is in group_tree.cc.
#include "cgroup/group.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace memguard::cgroup {
namespace {

/// A file's text through its parser; a text refused is said with the group it came from.
template <class Parser>
auto read_as(CgroupDir& dir, const std::string& file, Parser parse) -> decltype(parse(std::string_view{})) {
  auto text = dir.read(file);
  if (!text) return pass(std::move(text.error()));
  auto value = parse(std::string_view(*text));
  if (!value) return pass(std::move(value.error()), fmt::format("{}/{}", dir.path(), file));
  return value;
}

std::string limit_text(Bytes limit) { return limit.is_unlimited() ? "max" : fmt::format("{}", limit.count); }

std::int64_t microseconds(Duration d) { return std::chrono::duration_cast<std::chrono::microseconds>(d).count(); }

}  // namespace

Result<std::vector<pid_t>> Group::procs() const { return read_as(*dir_, "cgroup.procs", parse_procs); }

Status Group::add(pid_t pid) const { return dir_->write("cgroup.procs", fmt::format("{}", pid)); }

Status Group::set_frozen(bool frozen) const { return dir_->write("cgroup.freeze", frozen ? "1" : "0"); }

Result<CgroupEvents> Group::events() const { return read_as(*dir_, "cgroup.events", parse_cgroup_events); }

Result<MemoryStat> Group::memory_stat() const { return read_as(*dir_, "memory.stat", parse_memory_stat); }

Result<MemoryEvents> Group::memory_events() const { return read_as(*dir_, "memory.events", parse_memory_events); }

Result<Bytes> Group::memory_current() const { return read_as(*dir_, "memory.current", parse_limit); }

Result<Bytes> Group::memory_max() const { return read_as(*dir_, "memory.max", parse_limit); }

Result<Bytes> Group::memory_high() const { return read_as(*dir_, "memory.high", parse_limit); }

Status Group::set_memory_max(Bytes limit) const { return dir_->write("memory.max", limit_text(limit)); }

Status Group::set_memory_high(Bytes limit) const { return dir_->write("memory.high", limit_text(limit)); }

Status Group::set_swap_max(Bytes limit) const { return dir_->write("memory.swap.max", limit_text(limit)); }

Status Group::set_oom_group(bool together) const { return dir_->write("memory.oom.group", together ? "1" : "0"); }

bool Group::can_reclaim() const { return dir_->write("memory.reclaim", "0").has_value(); }

Result<Bytes> Group::swap_current() const { return read_as(*dir_, "memory.swap.current", parse_limit); }

Result<Bytes> Group::swap_out(Bytes amount) const {
  const auto before = swap_current();
  if (!before) return pass(Error(before.error()));
  auto done = dir_->write("memory.reclaim", fmt::format("{} swappiness=200", amount.count));
  if (!done && done.error().code == EINVAL) done = dir_->write("memory.reclaim", fmt::format("{}", amount.count));
  // EAGAIN: less was there.
  if (!done && done.error().code != EAGAIN) return pass(std::move(done.error()));
  const auto after = swap_current();
  if (!after) return pass(Error(after.error()));
  return std::max(*after - *before, Bytes{});
}

Result<proc::Pressure> Group::memory_pressure() const {
  return read_as(*dir_, "memory.pressure", proc::parse_pressure);
}

Result<proc::Pressure> Group::cpu_pressure() const { return read_as(*dir_, "cpu.pressure", proc::parse_pressure); }

Result<UniqueFd> Group::pressure_trigger(std::string_view kind, Duration stall, Duration window) const {
  return dir_->open_trigger("memory.pressure",
                            fmt::format("{} {} {}", kind, microseconds(stall), microseconds(window)));
}

Result<std::set<std::string>> Group::controllers() const {
  auto text = dir_->read("cgroup.controllers");
  if (!text) return pass(std::move(text.error()));
  return parse_controllers(*text);
}

Result<std::set<std::string>> Group::enabled_controllers() const {
  auto text = dir_->read("cgroup.subtree_control");
  if (!text) return pass(std::move(text.error()));
  return parse_controllers(*text);
}

Status Group::enable_controller(const std::string& controller) const {
  return dir_->write("cgroup.subtree_control", "+" + controller);
}

Status Group::disable_controller(const std::string& controller) const {
  return dir_->write("cgroup.subtree_control", "-" + controller);
}

}  // namespace memguard::cgroup
