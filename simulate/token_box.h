// The jobserver of a simulated build tool.
#pragma once

#include <algorithm>

#include "policy/observation.h"

namespace memguard::simulate {

/// How many tokens are in circulation. The one that every tool has without asking is there from the beginning.
class TokenBox {
 public:
  /// From a token being there to the exec of the job that is started with it.
  static constexpr Duration kToolDelay = std::chrono::milliseconds{2};

  /// With the one that every tool has.
  [[nodiscard]] int in_circulation() const { return tokens_; }
  /// Of a machine whose tool has `in_use`, and whose stopped families hold `stopped`: those may be given out once more.
  [[nodiscard]] policy::Tokens look(int processors, int in_use, int stopped) const {
    return {std::max(tokens_ - in_use, 0), processors + stopped - tokens_};
  }
  /// What the policy decided.
  void spare(int free, int in_use) { tokens_ = std::max(in_use, 1) + free; }

 private:
  int tokens_ = 1;
};

}  // namespace memguard::simulate
