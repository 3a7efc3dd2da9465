// The kernel of a simulated build: who is killed at the limit, and what a kill leaves.
#pragma once

#include "simulate/build_tool.h"
#include "simulate/swap.h"

namespace memguard::simulate {

class Kernel {
 public:
  /// All must outlive it.
  Kernel(State& state, Swap& swap, BuildTool& tool) : state_(state), swap_(swap), tool_(tool) {}

  /// While more is used than there is: what is frozen goes to swap, as long as that takes it. Then the largest goes,
  /// frozen or not, with its family (a rustc whose linker was killed fails). But first those that would be started
  /// again: the supervisor ranks them so (oom_score_adj).
  void kill_at_the_limit();
  /// A family, at the policy's order. Nothing where it has ended meanwhile.
  void evict(FamilyId family);

 private:
  /// The largest of those that are killed first; nothing where nobody has memory.
  [[nodiscard]] const Live* victim() const;
  void kill(FamilyId id, Death death, bool comes_back);
  void set_fates(std::size_t task, Fate fate);

  State& state_;
  Swap& swap_;
  BuildTool& tool_;
};

}  // namespace memguard::simulate
