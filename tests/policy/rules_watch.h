// Checks the promises of the policy after every step of a world.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulate/world.h"

namespace memguard::policy::testing {

/// Keeps what was ordered, whether it has taken effect or not, and notes every promise that a decision breaks.
class RulesWatch {
 public:
  explicit RulesWatch(Settings settings) : settings_(std::move(settings)) {}
  /// To be called with every step: `watch()` as the world's Watch.
  void after_step(const Observation& seen, const Decision& decision);
  [[nodiscard]] simulate::Watch watch() {
    return [this](const Observation& seen, const Decision& decision) { after_step(seen, decision); };
  }
  /// What was broken, first 20.
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  /// Families that somebody would start again, and that were killed and have not come back.
  [[nodiscard]] std::size_t gone() const { return gone_.size(); }
  /// All decisions as text.
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  struct JobOrdered {
    FamilyId family{};
    JobState state = JobState::waiting;
    bool answered = false;
    bool restartable = false;
    bool evicted = false;
    bool kept = false;
    std::optional<JobId> above{};
    int freezes = 0;
    Instant frozen_at{};
    bool thawed = false;
  };

  void update(const Observation& seen);
  void note_ended(const JobEnded& ended);
  void apply(const Admit& admit, Instant at);
  void apply(const Hold& hold, Instant at);
  void apply(const Freeze& freeze, Instant at);
  void apply(const Thaw& thaw, Instant at);
  void apply(const Evict& evict, Instant at);
  void apply(const Reclaim& reclaim, Instant at);
  void apply(const SetHigh& set, Instant at);
  void apply(const Spare& spare, Instant at);
  void expect(bool holds, const std::string& promise);
  [[nodiscard]] std::optional<FamilyId> oldest_active() const;
  [[nodiscard]] bool has(FamilyId family, JobState state) const;
  /// A job of it runs and waits for none below it.
  [[nodiscard]] bool works(FamilyId family) const;
  [[nodiscard]] bool below_frozen(const JobOrdered& job) const;
  [[nodiscard]] bool any(JobState state) const;
  /// A family is frozen of which the user wants nothing stopped.
  [[nodiscard]] bool frozen_by_rule() const;

  Settings settings_;
  std::map<JobId, JobOrdered> jobs_;
  std::set<FamilyId> gone_;
  bool leaving_ = false;
  Bytes swap_room_;
  bool reclaiming_ = false;
  std::optional<Tokens> tokens_;
  std::vector<std::string> broken_;
  std::string log_;
};

}  // namespace memguard::policy::testing
