// Reading memory limits from the groups above us: LimitsAbove of home.h in parts that a test can point elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroup/home.h"

namespace memguard::cgroup {

/// A v1 limit: memory.limit_in_bytes. The kernel writes 2^63 less a page, of whatever size, for none.
[[nodiscard]] Result<Bytes> parse_limit_v1(std::string_view text);

/// memory.max and memory.high of `directory` and those above it up to `top`, in cgroup2. What cannot be read sets none.
[[nodiscard]] std::vector<LimitAbove> limits_v2(std::string directory, const std::string& top);
/// The same in the v1 memory hierarchy.
[[nodiscard]] std::vector<LimitAbove> limits_v1(std::string directory, const std::string& top);

/// Processors by cpu.max, "QUOTA PERIOD" in microseconds; nothing for "max PERIOD" (kernel/sched/core.c cpu_max_show).
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);
/// The least that cpu.max of `directory` and those above it up to `top` allows, in cgroup2.
[[nodiscard]] std::optional<double> processors_v2(std::string directory, const std::string& top);
/// The same in the v1 cpu hierarchy, by cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
[[nodiscard]] std::optional<double> processors_v1(std::string directory, const std::string& top);

}  // namespace memguard::cgroup
