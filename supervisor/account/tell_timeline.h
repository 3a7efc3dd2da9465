// The timeline of a run as the report tells it.
#pragma once

#include "report/timeline.h"
#include "supervisor/area/timeline_record.h"

namespace memguard::supervisor {

/// Call when no supervisor lives.
[[nodiscard]] report::Timeline tell_timeline(const TimelineRecord& record);

}  // namespace memguard::supervisor
