#include "supervisor/live/close_look.h"

#include <algorithm>

#include "base/clock.h"

namespace memguard::supervisor {
namespace {

// Not yet the new program, mostly.
constexpr Duration kFirstLook = std::chrono::milliseconds(2);

}  // namespace

Status CloseLook::watch() {
  auto timer = loop_.on_timer(kFirstLook, [this] { look(); });
  if (!timer) return pass(std::move(timer.error()));
  timer_ = std::move(*timer);
  armed_ = true;
  return {};
}

// The timer that is armed comes soon enough: the looks at an older job are not to be put off by each new one.
void CloseLook::job_runs() {
  if (armed_ || !timer_) return;
  armed_ = true;
  (void)loop_.start_timer(*timer_, kFirstLook);
}

void CloseLook::look() {
  armed_ = false;
  const Duration cpu_before = own_processor_time();
  const auto due = jobs_.look_closely(clock_());
  if (!due) return;
  armed_ = true;
  (void)loop_.start_timer(*timer_, std::max(*due, kMostCpuShare * (own_processor_time() - cpu_before)));
}

}  // namespace memguard::supervisor
