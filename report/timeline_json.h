// The timeline in `--json`: lists by column, in one line, because there are many. Internal to report/.
#pragma once

#include <string>

#include "json/value.h"
#include "report/timeline.h"

namespace memguard::report {

/// An object in one line.
[[nodiscard]] std::string timeline_json(const Timeline& timeline);

/// The reverse; what is wrong is noted by `value`'s document. An unknown state is "runs".
[[nodiscard]] Timeline read_timeline(const json::Value& value);

}  // namespace memguard::report
