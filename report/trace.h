// A run as a trace, for ui.perfetto.dev and chrome://tracing.
#pragma once

#include <string>
#include <vector>

#include "report/lanes.h"

namespace memguard::report {

/// The Trace Event Format (its JSON object form): a thread for each place in which a job ran, in it the job, and in
/// that what it did but run, with the reason in `args`; an arrow from the job that another waited for; counters of
/// memory, its limit, memory.high, stalls and free tokens. Times are in microseconds, events in order of time, and
/// those of one thread nest.
[[nodiscard]] std::string to_trace(const RunReport& run, const std::vector<Lane>& lanes);

}  // namespace memguard::report
