#include "history/measurement.h"

#include <algorithm>

namespace memguard::history {
namespace {

void bound(Bytes& size) { size = std::clamp(size, Bytes{}, kMostBytes); }
void bound(Duration& time) { time = std::clamp(time, Duration{}, kMostTime); }

}  // namespace

Measurement bounded(Measurement measured) {
  measured.at = std::clamp(measured.at, std::chrono::sys_seconds{}, kLastSecond);
  if (measured.project.size() > kLongestText) measured.project.resize(kLongestText);
  for (Bytes* size : {&measured.inputs.objects, &measured.inputs.sources, &measured.peak}) bound(*size);
  bound(measured.cpu);
  bound(measured.wall);
  return measured;
}

}  // namespace memguard::history
