#include "proc/machine.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/sysinfo.h>

#include "base/io.h"
#include "proc/lines.h"

namespace memguard::proc {
namespace {

// CONFIG_NODES_SHIFT is 10 at most; machines with more than 64 nodes are not built.
constexpr int kMostNodes = 64;

/// The `total=` of one line of a pressure file, which counts microseconds.
Result<Duration> total_of(std::string_view line) {
  constexpr std::string_view kTotal = "total=";
  std::optional<Duration> total;
  for (const auto word : split(line, " ")) {
    if (!word.starts_with(kTotal)) continue;
    const auto microseconds = to_number<std::int64_t>(word.substr(kTotal.size()));
    constexpr auto kLargest = std::chrono::duration_cast<std::chrono::microseconds>(Duration::max()).count();
    if (total || !microseconds || *microseconds < 0 || *microseconds > kLargest)
      return refuse("a pressure total", line);
    total = std::chrono::microseconds(*microseconds);
  }
  if (!total) return refuse("a pressure line without total", line);
  return *total;
}

// "MemTotal:  1010040 kB", each of them.
template <std::size_t N>
Result<std::array<Bytes, N>> sizes_of(std::string_view text, const std::array<std::string_view, N>& names) {
  const auto lines = pick(text, ':', names);
  if (!lines) return pass(lines.error());
  std::array<Bytes, N> sizes;
  for (std::size_t i = 0; i < N; ++i) {
    const auto size = parse_kilobytes((*lines)[i].value_or("no such line"));
    if (!size) return pass(size.error(), std::string(names[i]));
    sizes[i] = *size;
  }
  return sizes;
}

Result<MemInfo> read_nodes() {
  struct sysinfo system {};
  if (::sysinfo(&system) != 0) return fail_errno("ask sysinfo(2)");
  const auto bytes = [&](unsigned long units) { return Bytes::of(static_cast<double>(units) * system.mem_unit); };
  MemInfo all{.total = {}, .available = {}, .swap_total = bytes(system.totalswap), .swap_free = bytes(system.freeswap)};
  for (int node = 0; node < kMostNodes; ++node) {
    const auto text = read_record_at(AT_FDCWD, fmt::format("/sys/devices/system/node/node{}/meminfo", node));
    if (!text) continue;
    const auto one = parse_node_meminfo(*text);
    if (!one) return pass(one.error());
    all.total += one->total;
    all.available += one->available;
  }
  if (all.total <= Bytes{}) return fail("no node tells its memory below /sys/devices/system/node", ENOENT);
  all.available = std::min(all.available, all.total);
  return all;
}

}  // namespace

Result<MemInfo> parse_meminfo(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"MemTotal", "MemAvailable", "SwapTotal", "SwapFree"};
  const auto sizes = sizes_of(text, kNames);
  if (!sizes) return pass(sizes.error(), "/proc/meminfo");
  const auto [total, available, swap_total, swap_free] = *sizes;
  return MemInfo{.total = total, .available = available, .swap_total = swap_total, .swap_free = swap_free};
}

Result<MemInfo> parse_node_meminfo(std::string_view text) {
  // "Node 0 MemFree:   993956 kB".
  std::string lines;
  for (const auto line : split(text, "\n")) {
    const auto name = line.find(' ', std::min(line.size(), std::string_view("Node ").size()));
    if (name != std::string_view::npos) lines.append(line.substr(name + 1)).append("\n");
  }
  constexpr std::array<std::string_view, 5> kNames{"MemTotal", "MemFree", "Active(file)", "Inactive(file)",
                                                   "SReclaimable"};
  const auto sizes = sizes_of(lines, kNames);
  if (!sizes) return pass(sizes.error(), "meminfo of a node");
  const auto [total, free, active, inactive, slab] = *sizes;
  return MemInfo{.total = total, .available = free + active + inactive + 0.5 * slab, .swap_total = {}, .swap_free = {}};
}

Result<MemInfo> read_meminfo() {
  const auto text = read_record_at(AT_FDCWD, "/proc/meminfo");
  if (text) return parse_meminfo(*text);
  auto hidden = read_nodes();
  return hidden ? std::move(hidden) : pass(text.error());
}

Result<Pressure> parse_pressure(std::string_view text) {
  constexpr std::array<std::string_view, 2> kNames{"some", "full"};
  const auto lines = pick(text, ' ', kNames);
  if (!lines) return pass(lines.error());
  const auto some = total_of((*lines)[0].value_or(""));
  const auto full = total_of((*lines)[1].value_or(""));
  if (!some || !full) return pass((some ? full : some).error());
  return Pressure{.some = *some, .full = *full};
}

Result<Pressure> read_machine_pressure() {
  const auto text = read_record_at(AT_FDCWD, "/proc/pressure/memory");
  return text ? parse_pressure(*text) : pass(text.error());
}

Result<std::uint64_t> parse_direct_reclaims(std::string_view text) {
  // By zone, of which a machine has some.
  constexpr std::array<std::string_view, 7> kNames{"allocstall_dma",  "allocstall_dma32",   "allocstall_normal",
                                                   "allocstall_high", "allocstall_movable", "allocstall_device",
                                                   "compact_stall"};
  const auto lines = pick(text, ' ', kNames);
  if (!lines) return pass(lines.error());
  std::uint64_t sum = 0;
  bool told = false;
  for (const auto& line : *lines) {
    if (!line) continue;
    const auto count = to_number<std::uint64_t>(*line);
    if (!count) return refuse("a count of reclaims", *line);
    sum += *count;
    told = true;
  }
  if (!told) return fail("/proc/vmstat: no line allocstall_*");
  return sum;
}

Result<std::uint64_t> read_direct_reclaims() {
  const auto text = read_at(AT_FDCWD, "/proc/vmstat");
  return text ? parse_direct_reclaims(*text) : pass(text.error());
}

int usable_processors() {
  // EINVAL means that the kernel knows more processors than the mask has bits (sched_getaffinity(2)).
  for (std::size_t sets = 1; sets <= 64; sets *= 2) {
    std::vector<cpu_set_t> mask(sets);
    const std::size_t size = sets * sizeof(cpu_set_t);
    if (::sched_getaffinity(0, size, mask.data()) == 0) return std::max(1, CPU_COUNT_S(size, mask.data()));
    if (errno != EINVAL) return 1;
  }
  return 1;
}

}  // namespace memguard::proc
