#include "policy/state.h"

#include <algorithm>
#include <utility>

namespace memguard::policy {

State::State(Settings from) : settings(std::move(from)), alpha(settings.alpha_start) {}

void State::learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak, bool completed) {
  if (!completed) return estimator.learn_at_least(job_class, peak, settings);
  estimator.learn(job_class, predicted, peak);
  alpha = std::max(alpha - settings.alpha_per_end, std::min(alpha, settings.alpha_least));
}

void State::raise_alpha(double by) { alpha = std::min(alpha + by, std::max(alpha, settings.alpha_most)); }

}  // namespace memguard::policy
