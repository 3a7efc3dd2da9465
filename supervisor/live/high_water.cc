#include "supervisor/live/high_water.h"

#include <algorithm>

namespace memguard::supervisor {
namespace {

// VmHWM of one program falls by no more than what its counters are inexact by: some pages for each processor.
bool is_another_program(Bytes most_before, Bytes most) { return 2 * most < most_before; }

}  // namespace

Bytes HighWater::note(const Reading& reading) {
  if (is_another_program(before_.most, reading.most)) *this = {};
  const Bytes unmapped = std::max(before_.file - reading.file, Bytes{});
  const Bytes peak = last_.memory - std::min(last_.by, last_.unmapped + unmapped);
  most_file_ = std::max(most_file_, reading.file);
  const Bytes rise = reading.most - before_.most;
  last_ = rise > Bytes{} ? Rise{rise, reading.most - most_file_ + reading.page_tables, unmapped} : Rise{};
  before_ = reading;
  return std::max(reading.memory, peak);
}

}  // namespace memguard::supervisor
