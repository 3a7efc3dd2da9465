#include "cgroup/limits.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/io.h"
#include "cgroup/location.h"
#include "proc/lines.h"

namespace memguard::cgroup {
namespace {

/// What is used of a limit and cannot be reclaimed. The two are not read at one instant.
Bytes taken(Bytes used, Bytes reclaimable) { return used - std::min(reclaimable, used); }

std::vector<LimitAbove> limits_of_v2(CgroupDir& dir) {
  std::vector<LimitAbove> limits;
  for (const char* file : {"memory.max", "memory.high"}) {
    const auto text = dir.read(file);
    const auto limit = text ? parse_limit(*text) : Result<Bytes>(Bytes::unlimited());
    if (limit && !limit->is_unlimited()) limits.push_back({*limit, {}, dir.path(), {}, file});
  }
  if (limits.empty()) return limits;
  const auto used = parse_limit(dir.read("memory.current").value_or(std::string{})).value_or(Bytes{});
  const auto stat = parse_memory_stat(dir.read("memory.stat").value_or(std::string{}));
  const Bytes not_available = taken(used, stat ? stat->reclaimable() : Bytes{});
  for (auto& limit : limits) {
    limit.used = used;
    // Above memory.high there may be more than nothing too much; who goes back below it goes on.
    limit.available = std::max(limit.limit - not_available, limit.throttles() ? Bytes{} - limit.limit : Bytes{});
  }
  return limits;
}

/// Page cache of this group and those below; unlike total_cache it is without tmpfs.
Bytes reclaimable_v1(std::string_view memory_stat) {
  const auto lines =
      proc::pick(memory_stat, ' ', std::array<std::string_view, 2>{"total_inactive_file", "total_active_file"});
  Bytes sum;
  if (!lines) return sum;
  for (const auto& line : *lines) sum += parse_limit_v1(line.value_or("0")).value_or(Bytes{});
  return sum;
}

std::vector<LimitAbove> limits_of_v1(CgroupDir& dir) {
  const auto read = [&dir](const char* file) { return dir.read(file).value_or(std::string{}); };
  const auto limit = parse_limit_v1(read("memory.limit_in_bytes"));
  if (!limit || limit->is_unlimited()) return {};
  const auto used = parse_limit_v1(read("memory.usage_in_bytes")).value_or(Bytes{});
  const Bytes available = std::max(*limit - taken(used, reclaimable_v1(read("memory.stat"))), Bytes{});
  return {{*limit, available, dir.path(), used, "memory.limit_in_bytes"}};
}

using Groups = std::vector<std::unique_ptr<CgroupDir>>;

/// Those from `directory` up to `top` that are there.
Groups groups_up(std::string directory, const std::string& top) {
  Groups groups;
  while (directory.starts_with(top)) {
    if (auto dir = open_cgroup(directory)) groups.push_back(std::move(*dir));
    if (directory.size() <= top.size()) break;
    directory.resize(directory.rfind('/'));
  }
  return groups;
}

/// What `limits_of` finds in each of them.
template <class LimitsOf>
auto gather(const Groups& groups, LimitsOf limits_of) {
  decltype(limits_of(*groups.front())) all;
  for (const auto& group : groups) std::ranges::move(limits_of(*group), std::back_inserter(all));
  return all;
}

/// Only those in which one of these files can be read.
Groups with_any(Groups groups, std::initializer_list<const char*> files) {
  std::erase_if(groups, [&](const auto& group) {
    return std::ranges::none_of(files, [&](const char* file) { return group->read(file).has_value(); });
  });
  return groups;
}

std::vector<Bytes> swap_left_here(CgroupDir& dir) {
  const auto limit = parse_limit(dir.read("memory.swap.max").value_or("max"));
  if (!limit || limit->is_unlimited()) return {};
  const auto used = parse_limit(dir.read("memory.swap.current").value_or("0"));
  return {std::max(*limit - used.value_or(Bytes{}), Bytes{})};
}

/// Nothing for a period of 0, and for what is no number.
std::optional<double> quotient(std::string_view quota, std::string_view period) {
  const auto above = to_number<std::uint64_t>(quota);
  const auto below = to_number<std::uint64_t>(period);
  if (!above || !below || *above == 0 || *below == 0) return std::nullopt;
  return static_cast<double>(*above) / static_cast<double>(*below);
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::vector<double> processors_of_v2(CgroupDir& dir) {
  const auto text = dir.read("cpu.max");
  const auto processors = text ? parse_cpu_max(*text) : std::nullopt;
  return processors ? std::vector{*processors} : std::vector<double>{};
}

std::vector<double> processors_of_v1(CgroupDir& dir) {
  const auto read = [&dir](const char* file) { return dir.read(file).value_or(std::string{}); };
  const auto processors = quotient(first_line(read("cpu.cfs_quota_us")), first_line(read("cpu.cfs_period_us")));
  return processors ? std::vector{*processors} : std::vector<double>{};
}

std::optional<double> least(const std::vector<double>& all) {
  return all.empty() ? std::nullopt : std::optional(std::ranges::min(all));
}

}  // namespace

std::string name_of(const LimitAbove& limit) { return limit.file + " of " + limit.path; }

Result<Bytes> parse_limit_v1(std::string_view text) {
  constexpr std::uint64_t kNone = 1ULL << 62U;
  const auto value = text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
  const auto count = to_number<std::uint64_t>(value);
  if (!count) return proc::refuse("a limit", text);
  return *count >= kNone ? Bytes::unlimited() : Bytes{static_cast<std::int64_t>(*count)};
}

std::vector<LimitAbove> limits_v2(std::string directory, const std::string& top) {
  return gather(groups_up(std::move(directory), top), limits_of_v2);
}

std::vector<LimitAbove> limits_v1(std::string directory, const std::string& top) {
  return gather(groups_up(std::move(directory), top), limits_of_v1);
}

Bytes swap_left(const std::string& directory, const std::string& mount_point) {
  const auto here = locate(mount_point);
  const auto left = gather(groups_up(directory, here ? here->mount.point : directory), swap_left_here);
  return left.empty() ? Bytes::unlimited() : std::ranges::min(left);
}

LimitsAbove::LimitsAbove(const std::string& mount_point) {
  // A container often shows its own limits at the mount point, and its path not at all.
  if (const auto here = locate(mount_point))
    v2_ = with_any(groups_up(here->own.value_or(here->mount.point), here->mount.point), {"memory.max", "memory.high"});
  if (const auto here = mount_point.empty() ? locate({}, "memory") : std::nullopt)
    v1_ = with_any(groups_up(here->own.value_or(here->mount.point), here->mount.point), {"memory.limit_in_bytes"});
}

std::vector<LimitAbove> LimitsAbove::read() {
  auto all = gather(v2_, limits_of_v2);
  std::ranges::move(gather(v1_, limits_of_v1), std::back_inserter(all));
  std::ranges::stable_sort(all, {}, &LimitAbove::available);
  return all;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  const std::string_view line = first_line(text);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return quotient(line.substr(0, space), line.substr(space + 1));
}

std::optional<double> processors_v2(std::string directory, const std::string& top) {
  return least(gather(groups_up(std::move(directory), top), processors_of_v2));
}

std::optional<double> processors_v1(std::string directory, const std::string& top) {
  return least(gather(groups_up(std::move(directory), top), processors_of_v1));
}

std::optional<double> processors_above(const std::string& mount_point) {
  std::vector<double> all;
  const auto add = [&all](std::optional<double> processors) {
    if (processors) all.push_back(*processors);
  };
  if (const auto here = locate(mount_point))
    add(processors_v2(here->own.value_or(here->mount.point), here->mount.point));
  if (const auto here = mount_point.empty() ? locate({}, "cpu") : std::nullopt)
    add(processors_v1(here->own.value_or(here->mount.point), here->mount.point));
  return least(all);
}

}  // namespace memguard::cgroup
