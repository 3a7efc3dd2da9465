#include "supervisor/high_water.h"

#include <algorithm>

namespace memguard::supervisor {
namespace {

// VmHWM of one program falls by no more than what its counters are inexact by: some pages for each processor.
bool is_another_program(Bytes most_before, Bytes most) { return 2 * most < most_before; }

}  // namespace

Bytes HighWater::note(const Reading& reading) {
  if (is_another_program(before_.most, reading.most)) *this = {};
  const Bytes rise = reading.most - before_.most;
  const Bytes unmapped = std::max(before_.file - reading.file, Bytes{});
  most_file_ = std::max(most_file_, reading.file);
  before_ = reading;
  if (rise <= Bytes{}) return reading.memory;
  return std::max(reading.memory, reading.most - most_file_ - std::min(rise, unmapped) + reading.page_tables);
}

}  // namespace memguard::supervisor
