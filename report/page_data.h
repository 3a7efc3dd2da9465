// What the page is drawn from, as JSON for its program. Internal to report/.
#pragma once

#include <string>
#include <vector>

#include "report/lanes.h"

namespace memguard::report {

/// Sizes in MiB, times in seconds, jobs by their position. No "<" is in it, so that nothing ends the element it is in.
/// Of more than 2,000 samples those with the most memory are kept, and the page says so.
[[nodiscard]] std::string page_data(const RunReport& run, const std::vector<Lane>& lanes);

}  // namespace memguard::report
