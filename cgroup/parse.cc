// The texts of cgroup2's control files as values (Documentation/admin-guide/cgroup-v2.rst).
#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/io.h"
#include "cgroup/group.h"
#include "proc/lines.h"

namespace memguard::cgroup {
namespace {

Bytes size_of_pages(std::uint64_t pages) { return {static_cast<std::int64_t>(pages) * ::sysconf(_SC_PAGESIZE)}; }

template <std::size_t N>
using Numbers = std::array<std::optional<std::int64_t>, N>;

/// The numbers of a flat keyed file. The first `needed` names must be there; a later one may be missing.
template <std::size_t N>
Result<Numbers<N>> numbers(std::string_view file, std::string_view text, const std::array<std::string_view, N>& names,
                           std::size_t needed) {
  const auto lines = proc::pick(text, ' ', names);
  if (!lines) return pass(lines.error(), file);
  Numbers<N> values;
  for (std::size_t i = 0; i < N; ++i) {
    if (!(*lines)[i] && i >= needed) continue;
    values[i] = to_number<std::int64_t>((*lines)[i].value_or(""));
    if (!values[i] || *values[i] < 0) {
      return fail(fmt::format("parse {}: {} is \"{}\"", file, names[i], (*lines)[i].value_or("missing")));
    }
  }
  return values;
}

std::string_view without_newline(std::string_view text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

// The fields of memory.stat are not taken at one instant.
Bytes MemoryStat::held() const {
  return shmem + locked_files() + std::max(kernel - slab_reclaimable, Bytes{}) + sock + hugetlb;
}

Bytes MemoryStat::unreclaimable() const { return anon + held(); }

// Shared memory is on the lists of anonymous memory.
Bytes MemoryStat::locked_files() const {
  const Bytes cache = std::max(file - shmem, Bytes{});
  return std::max(cache - file_on_lists.value_or(cache), Bytes{});
}

Bytes MemoryStat::reclaimable() const { return std::max(file - shmem, Bytes{}) - locked_files() + slab_reclaimable; }

Result<MemoryStat> parse_memory_stat(std::string_view text) {
  enum : std::size_t {
    anon,
    file,
    kernel,
    shmem,
    slab_reclaimable,
    file_mapped,
    sock,
    hugetlb,
    inactive_file,
    active_file,
    refault,
    refault_file,
    refault_anon,
    direct_scans,
    first_of_kernel
  };
  constexpr std::array<std::string_view, 19> kNames{
      "anon", "file", "kernel", "shmem", "slab_reclaimable", "file_mapped", "sock", "hugetlb", "inactive_file",
      "active_file",
      // Until 5.8 one number.
      "workingset_refault", "workingset_refault_file", "workingset_refault_anon", "pgscan_direct", "slab_unreclaimable",
      "kernel_stack",
      // 5.16 and later tell page tables and vmalloc; what zswap has is told by 5.19, together with `kernel`.
      "pagetables", "percpu", "vmalloc"};
  const auto values = numbers("memory.stat", text, kNames, 2);
  if (!values) return pass(values.error());
  // Sixteen of them still fit into one number.
  static constexpr Bytes kMost{std::int64_t{1} << 58U};
  const auto size = [&values](std::size_t i) { return std::min(Bytes{(*values)[i].value_or(0)}, kMost); };
  MemoryStat stat{.anon = size(anon),
                  .file = size(file),
                  .kernel = size(kernel),
                  .shmem = size(shmem),
                  .slab_reclaimable = size(slab_reclaimable),
                  .file_mapped = size(file_mapped),
                  .sock = size(sock),
                  .hugetlb = size(hugetlb)};
  const auto count = [&values](std::size_t i) { return static_cast<std::uint64_t>((*values)[i].value_or(0)); };
  stat.refaults = count(refault) + count(refault_file) + count(refault_anon);
  // Before 5.9 there is one number, and it is of files.
  stat.file_refaults = size_of_pages(count(refault) + count(refault_file));
  stat.direct_scans = count(direct_scans);
  if ((*values)[inactive_file] && (*values)[active_file]) stat.file_on_lists = size(inactive_file) + size(active_file);
  if ((*values)[kernel]) return stat;
  stat.kernel = stat.slab_reclaimable;
  for (std::size_t i = first_of_kernel; i < kNames.size(); ++i) stat.kernel += size(i);
  return stat;
}

Result<MemoryEvents> parse_memory_events(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"high", "max", "oom", "oom_kill"};
  const auto values = numbers("memory.events", text, kNames, kNames.size());
  if (!values) return pass(values.error());
  const auto count = [&values](std::size_t i) { return static_cast<std::uint64_t>(*(*values)[i]); };
  return MemoryEvents{.high = count(0), .max = count(1), .oom = count(2), .oom_kill = count(3)};
}

Result<CgroupEvents> parse_cgroup_events(std::string_view text) {
  constexpr std::array<std::string_view, 2> kNames{"populated", "frozen"};
  // `frozen` came with cgroup.freeze in 5.2.
  const auto values = numbers("cgroup.events", text, kNames, 1);
  if (!values) return pass(values.error());
  return CgroupEvents{.populated = *(*values)[0] != 0, .frozen = (*values)[1].value_or(0) != 0};
}

Result<std::vector<pid_t>> parse_procs(std::string_view text) {
  std::vector<pid_t> pids;
  if (!text.empty() && text.back() != '\n') return proc::refuse("cgroup.procs that was cut off", text);
  for (const auto line : proc::split(text, "\n")) {
    const auto pid = to_number<pid_t>(line);
    if (!pid || *pid < 0) return proc::refuse("cgroup.procs", line);
    if (*pid != 0) pids.push_back(*pid);
  }
  return pids;
}

Result<Bytes> parse_limit(std::string_view text) {
  const auto value = without_newline(text);
  if (value == "max") return Bytes::unlimited();
  const auto count = to_number<std::int64_t>(value);
  if (!count || *count < 0) return proc::refuse("a limit", text);
  return Bytes{*count};
}

std::set<std::string> parse_controllers(std::string_view text) {
  std::set<std::string> names;
  for (const auto name : proc::split(text, " \n")) names.emplace(name);
  return names;
}

}  // namespace memguard::cgroup
