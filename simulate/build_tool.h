// The build tool of a simulated build, with its tokens, and the shims that start again what was killed.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "simulate/state.h"
#include "simulate/token_box.h"

namespace memguard::simulate {

class BuildTool {
 public:
  /// Starts nothing yet. The state must outlive it.
  explicit BuildTool(State& state);

  /// Whatever may start now: tasks of the tool, families that come back, and what jobs start themselves.
  void start_tasks();
  /// Jobs that are done, and wait for nobody that they have started.
  void end_finished();
  /// Nothing of the family runs any more, or will.
  void close(FamilyId id);
  /// All tasks are over.
  [[nodiscard]] bool done() const { return unfinished_ == 0 && ready_.empty(); }

  /// What the policy is shown of the tokens.
  [[nodiscard]] policy::Tokens look_at_tokens() const;
  /// So many tokens are to be free.
  void spare(int tokens);
  /// When the tool will have seen the tokens that were last put there.
  [[nodiscard]] Instant sees_tokens_at() const { return sees_tokens_at_; }

 private:
  [[nodiscard]] int tokens() const;
  void start_children(std::size_t parent);
  void start(std::size_t task, FamilyId family, std::optional<JobId> above);
  void finish(std::size_t index);

  State& state_;
  std::vector<std::vector<std::size_t>> dependents_;
  /// How many tasks each one still waits for.
  std::vector<std::size_t> blockers_;
  /// Tasks that the tool may start, the most urgent first.
  std::set<std::pair<int, std::size_t>> ready_;
  /// Families that hold a token.
  int unfinished_ = 0;
  TokenBox tokens_;
  Instant sees_tokens_at_{};
  std::uint32_t jobs_ = 0;
};

}  // namespace memguard::simulate
