#include "supervisor/high_water.h"

#include <algorithm>

namespace memguard::supervisor {

Bytes HighWater::note(const Reading& reading) {
  // Another program, by exec, begins anew.
  if (reading.most < before_.most) *this = {};
  const Bytes rise = reading.most - before_.most;
  const Bytes unmapped = std::max(before_.file - reading.file, Bytes{});
  most_file_ = std::max(most_file_, reading.file);
  before_ = reading;
  if (rise <= Bytes{}) return reading.memory;
  return std::max(reading.memory, reading.most - most_file_ - std::min(rise, unmapped));
}

}  // namespace memguard::supervisor
