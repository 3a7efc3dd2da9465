// The machine's memory and load as /proc shows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace memguard::proc {

/// From /proc/meminfo.
struct MemInfo {
  Bytes total;
  /// What can be had without swapping (MemAvailable).
  Bytes available;
  Bytes swap_total;
  Bytes swap_free;
};
/// Errors: a field that is missing, or no number.
[[nodiscard]] Result<MemInfo> parse_meminfo(std::string_view text);
/// /sys/devices/system/node/nodeN/meminfo, of one node; swap is of no node. What is available is told by no line: what
/// is free, the page cache and half of the reclaimable slab, a few percent more than mm/show_mem.c takes it to be.
[[nodiscard]] Result<MemInfo> parse_node_meminfo(std::string_view text);
/// The machine now. By its nodes and sysinfo(2) where /proc/meminfo is not there (ProcSubset=pid in a unit of systemd,
/// proc mounted with subset=pid).
[[nodiscard]] Result<MemInfo> read_meminfo();

/// Stall times since boot (or since the cgroup was made), the `total=` fields of a pressure file
/// (Documentation/accounting/psi.rst). Unknown fields are skipped, a missing or doubled `total` is refused.
struct Pressure {
  Duration some{};
  Duration full{};
};
/// Errors: no line `some` or `full`, or one without its total.
[[nodiscard]] Result<Pressure> parse_pressure(std::string_view text);
/// /proc/pressure/memory. Reading it fails with EOPNOTSUPP when PSI is compiled in but off (psi=0).
[[nodiscard]] Result<Pressure> read_machine_pressure();

/// How often since boot somebody who asked the machine for memory had to reclaim or compact for it himself:
/// allocstall_* and compact_stall of /proc/vmstat. What a cgroup's own limit makes its processes reclaim is not in it
/// (mm/vmscan.c do_try_to_free_pages).
[[nodiscard]] Result<std::uint64_t> parse_direct_reclaims(std::string_view text);
/// How often a process had to reclaim memory itself, since boot (/proc/vmstat, allocstall_*). Errors: no such line.
[[nodiscard]] Result<std::uint64_t> read_direct_reclaims();

/// Processors this process may run on (sched_getaffinity), at least 1. A cpu.max below that is the caller's business.
[[nodiscard]] int usable_processors();

}  // namespace memguard::proc
