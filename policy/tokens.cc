// Rule 11: what is held was chosen by the build tool when it started it, and waits in that order. A tool that knows
// what most others wait for chooses better the later it chooses, so it is kept from starting what would only be held.
#include <algorithm>

#include "policy/step.h"

namespace memguard::policy {
namespace {

int most_free(const Tokens& tokens) {
  constexpr int kMost = 1 << 16;
  return std::max(std::clamp(tokens.free, 0, kMost) + std::clamp(tokens.more, -kMost, kMost), 0);
}

}  // namespace

void Governor::spare_tokens(Step& step, const std::optional<Tokens>& tokens) {
  if (!tokens) return;
  const int wanted = tokens_to_spare(step, most_free(*tokens));
  if (wanted == tokens->free) return;
  const Cause cause = wanted < tokens->free ? Cause::no_room : Cause::fits;
  step.decision.actions.emplace_back(Spare{wanted, reason(step, cause, Bytes{})});
}

// Of `most`. While little is stopped one at a time: the threads of compilers that run take them too.
int Governor::tokens_to_spare(const Step& step, int most) const {
  const View& view = step.view;
  if (view.counts.held > settings_.held_most || squeezed_ || step.alone || view.leaving) return 0;
  if (view.counts.held > 0 || view.any_frozen()) return std::min(1, most);
  Bytes peaks;
  for (const Job& job : view.jobs) peaks += job.peak;
  const auto count = static_cast<double>(view.jobs.size());
  const Bytes typical = view.jobs.empty() ? settings_.unknown_peak : 1 / count * peaks;
  const double fit = (view.budget - reserved(step)).real() / std::max(typical.real(), 1.0);
  return fit >= most ? most : std::min(std::clamp(static_cast<int>(fit), 1, settings_.spare_most), most);
}

}  // namespace memguard::policy
