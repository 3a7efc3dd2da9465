#include "proc/machine.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include "base/io.h"
#include "proc/lines.h"

namespace memguard::proc {
namespace {

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

}  // namespace

Result<MemInfo> parse_meminfo(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"MemTotal", "MemAvailable", "SwapTotal", "SwapFree"};
  const auto lines = pick(text, ':', kNames);
  if (!lines) return pass(lines.error(), "/proc/meminfo");
  std::array<Bytes, kNames.size()> sizes;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto size = parse_kilobytes((*lines)[i].value_or("no such line"));
    if (!size) return pass(size.error(), fmt::format("/proc/meminfo: {}", kNames[i]));
    sizes[i] = *size;
  }
  return MemInfo{.total = sizes[0], .available = sizes[1], .swap_total = sizes[2], .swap_free = sizes[3]};
}

Result<MemInfo> read_meminfo() {
  const auto text = read_record_at(AT_FDCWD, "/proc/meminfo");
  return text ? parse_meminfo(*text) : pass(text.error());
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
