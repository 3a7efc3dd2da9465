#include "cgroup/limits.h"

#include <algorithm>
#include <array>

#include "base/io.h"
#include "cgroup/location.h"
#include "proc/lines.h"

namespace memguard::cgroup {
namespace {

LimitAbove limit_from(Bytes limit, Bytes used, Bytes reclaimable, const std::string& path) {
  // The three are not read at one instant.
  const Bytes available = std::clamp(limit - used + std::min(reclaimable, used), Bytes{}, limit);
  return {.limit = limit, .available = available, .path = path};
}

std::optional<LimitAbove> limit_v2(const std::string& directory) {
  const auto dir = open_cgroup(directory);
  if (!dir) return std::nullopt;
  const auto text = (*dir)->read("memory.max");
  const auto limit = text ? parse_limit(*text) : Result<Bytes>(Bytes::unlimited());
  if (!limit || limit->is_unlimited()) return std::nullopt;
  const auto used = parse_limit((*dir)->read("memory.current").value_or(std::string{}));
  const auto stat = parse_memory_stat((*dir)->read("memory.stat").value_or(std::string{}));
  // Files in tmpfs are counted as file and as shmem, and reclaim cannot take them without swap.
  const Bytes reclaimable = stat ? std::max(stat->file - stat->shmem, Bytes{}) + stat->slab_reclaimable : Bytes{};
  return limit_from(*limit, used.value_or(Bytes{}), reclaimable, directory);
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

std::optional<LimitAbove> limit_v1(const std::string& directory) {
  const auto dir = open_cgroup(directory);
  if (!dir) return std::nullopt;
  const auto read = [&dir](const char* file) { return (*dir)->read(file).value_or(std::string{}); };
  const auto limit = parse_limit_v1(read("memory.limit_in_bytes"));
  if (!limit || limit->is_unlimited()) return std::nullopt;
  const auto used = parse_limit_v1(read("memory.usage_in_bytes")).value_or(Bytes{});
  return limit_from(*limit, used, reclaimable_v1(read("memory.stat")), directory);
}

/// `limit_of` each directory from `directory` up to `top`.
template <class LimitOf>
auto walk_up(std::string directory, const std::string& top, LimitOf limit_of) {
  std::vector<typename decltype(limit_of(directory))::value_type> limits;
  while (directory.starts_with(top)) {
    if (auto limit = limit_of(directory)) limits.push_back(std::move(*limit));
    if (directory.size() <= top.size()) break;
    directory.resize(directory.rfind('/'));
  }
  return limits;
}

std::optional<Bytes> swap_left_here(const std::string& directory) {
  const auto dir = open_cgroup(directory);
  if (!dir) return std::nullopt;
  const auto limit = parse_limit((*dir)->read("memory.swap.max").value_or("max"));
  if (!limit || limit->is_unlimited()) return std::nullopt;
  const auto used = parse_limit((*dir)->read("memory.swap.current").value_or("0"));
  return std::max(*limit - used.value_or(Bytes{}), Bytes{});
}

}  // namespace

Result<Bytes> parse_limit_v1(std::string_view text) {
  constexpr std::uint64_t kNone = 1ULL << 62U;
  const auto value = text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
  const auto count = to_number<std::uint64_t>(value);
  if (!count) return proc::refuse("a limit", text);
  return *count >= kNone ? Bytes::unlimited() : Bytes{static_cast<std::int64_t>(*count)};
}

std::vector<LimitAbove> limits_v2(std::string directory, const std::string& top) {
  return walk_up(std::move(directory), top, limit_v2);
}

std::vector<LimitAbove> limits_v1(std::string directory, const std::string& top) {
  return walk_up(std::move(directory), top, limit_v1);
}

Bytes swap_left(const std::string& directory, const std::string& mount_point) {
  const auto here = locate(mount_point);
  const auto left = walk_up(directory, here ? here->mount.point : directory, swap_left_here);
  return left.empty() ? Bytes::unlimited() : std::ranges::min(left);
}

std::vector<LimitAbove> limits_above(const std::string& mount_point) {
  std::vector<LimitAbove> all;
  // A container often shows its own limits at the mount point, and its path not at all.
  if (const auto here = locate(mount_point)) all = limits_v2(here->own.value_or(here->mount.point), here->mount.point);
  if (const auto here = mount_point.empty() ? locate({}, "memory") : std::nullopt) {
    auto older = limits_v1(here->own.value_or(here->mount.point), here->mount.point);
    all.insert(all.end(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.available < b.available; });
  return all;
}

}  // namespace memguard::cgroup
