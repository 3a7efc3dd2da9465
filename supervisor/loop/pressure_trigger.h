// The PSI trigger of the build, which wakes the supervisor between samples.
#pragma once

#include <memory>

#include "base/unique_fd.h"
#include "cgroup/home.h"
#include "supervisor/loop/event_loop.h"

namespace memguard::supervisor {

/// Fires when all of the build stalls for memory half as long as policy waits for. Without PSI it never does: headroom
/// is then all there is to go by.
class PressureTrigger {
 public:
  /// All must outlive it. `fired` runs on the loop.
  PressureTrigger(EventLoop& loop, const cgroup::Home& home, EventLoop::Handler fired)
      : loop_(loop), home_(home), fired_(std::move(fired)) {}

  /// From now on, where the kernel lets us; nothing depends on it.
  void watch();

 private:
  EventLoop& loop_;
  const cgroup::Home& home_;
  EventLoop::Handler fired_;
  UniqueFd trigger_;
  std::unique_ptr<EventLoop::Source> source_;
};

}  // namespace memguard::supervisor
