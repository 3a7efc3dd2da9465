// Times as people write them: `10s`, `1.5s`, `500ms`, `2min`, `1h`; without a unit they are seconds.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace memguard::config {

/// Refuses what is no time, with the reason and what to write instead. Not negative, at most 10,000 hours. Units in
/// upper and lower case are the same.
[[nodiscard]] Result<Duration> parse_time(std::string_view text);

/// The time as parse_time reads it: "10s", "0.5s".
[[nodiscard]] std::string to_text(Duration time);

}  // namespace memguard::config
