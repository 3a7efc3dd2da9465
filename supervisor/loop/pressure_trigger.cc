#include "supervisor/loop/pressure_trigger.h"

namespace memguard::supervisor {
namespace {

// PSI wake-up: half the time of policy's own rule. Without privilege the window must be a multiple of 2 s
// (kernel/sched/psi.c psi_trigger_create, since 6.4).
constexpr Duration kPressureStall = std::chrono::milliseconds(50);
constexpr Duration kPressureWindow = std::chrono::milliseconds(500);
constexpr Duration kUnprivilegedStall = std::chrono::milliseconds(200);
constexpr Duration kUnprivilegedWindow = std::chrono::seconds(2);

Result<UniqueFd> open_trigger(const cgroup::Group& group) {
  auto trigger = group.pressure_trigger("full", kPressureStall, kPressureWindow);
  return trigger ? std::move(trigger) : group.pressure_trigger("full", kUnprivilegedStall, kUnprivilegedWindow);
}

}  // namespace

void PressureTrigger::watch() {
  if (!home_.can().leaves) return;
  auto trigger = open_trigger(*home_.build);
  if (!trigger) return;
  auto source = loop_.on_priority(trigger->get(), fired_);
  if (!source) return;
  trigger_ = std::move(*trigger);
  source_ = std::move(*source);
}

}  // namespace memguard::supervisor
