#pragma once

#include <cstdint>
#include <set>

#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {

/// Stops nothing, and tells of every hold that its process is gone.
class NoStopper final : public Stopper {
 public:
  HoldOutcome hold(const ExecFacts& /*job*/, std::uint64_t /*notification*/, int /*leaf*/) override {
    return HoldOutcome::gone;
  }
  HoldOutcome look_again(const ExecFacts& /*job*/, int /*leaf*/) override { return HoldOutcome::gone; }
  Status place(const StopTarget& /*target*/) override { return {}; }
  Status freeze(const StopTarget& /*target*/) override { return {}; }
  Status thaw(const StopTarget& /*target*/) override { return {}; }
  bool is_stopped(const StopTarget& /*target*/) override { return false; }
  void clear_leaves(const std::set<int>& /*stopped*/, const std::set<int>& /*used*/) override {}
  void vacate(int /*leaf*/) override {}
};

}  // namespace memguard::supervisor
