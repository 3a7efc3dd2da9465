// What a job is expected to need: what the user declared, else what history remembers, else a model of what it reads.
#pragma once

#include <optional>

#include "config/config.h"
#include "history/remembered.h"
#include "policy/observation.h"
#include "supervisor/area/job_facts.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

class Predictor {
 public:
  /// `remembered` is empty where there is no history; declared sizes are sizes of `limit`. Both must outlive it.
  Predictor(const config::Config& config, const history::Remembered& remembered, Bytes limit);

  /// Nothing for a job that is new and names nothing that it reads.
  [[nodiscard]] std::optional<policy::Prediction> predict(const JobFacts& job) const;
  /// What the link will need that a rustc starts; nothing when that was neither declared nor seen before: its inputs do
  /// not exist yet.
  [[nodiscard]] std::optional<policy::Prediction> predict_link_of(const JobFacts& rustc) const;
  /// How this very unit went when it ran last.
  [[nodiscard]] std::optional<Course> course_of(const JobFacts& job) const;
  /// Writes all that is known of a new job into it.
  void tell(LiveJob& job) const;

 private:
  const config::Config& config_;
  const history::Remembered& remembered_;
  Bytes limit_;
};

}  // namespace memguard::supervisor
