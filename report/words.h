// The words of --json, in the order of their enumerators. Internal to report/.
#pragma once

#include <array>
#include <string_view>

#include "report/run_report.h"

namespace memguard::report {

constexpr std::array<std::string_view, 6> kOutcomes{"running", "done", "killed", "oom", "evicted", "oom_restarted"};
constexpr std::array<std::string_view, 5> kKillers{"", "limit", "outside", "somebody", "memguard"};
constexpr std::array<std::string_view, 3> kLimitSetters{"user", "machine", "group"};
constexpr std::array<std::string_view, kUnguardedReasons> kUnguarded{"unreadable", "table_full", "outside",
                                                                     "unstoppable"};
static_assert(!kUnguarded.back().empty());

}  // namespace memguard::report
