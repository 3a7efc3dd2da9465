// Rule 11: what is held was chosen by the build tool when it started it, and waits in that order. A tool that knows
// what most others wait for chooses better the later it chooses, so it is kept from starting what would only be held.
#include "policy/tokens.h"

#include <algorithm>

namespace memguard::policy {
namespace {

int most_free(const Tokens& tokens) {
  constexpr int kMost = 1 << 16;
  return std::max(std::clamp(tokens.free, 0, kMost) + std::clamp(tokens.more, -kMost, kMost), 0);
}

Bytes typical_peak(const Step& step) {
  if (step.view.jobs.empty()) return step.settings.unknown_peak;
  Bytes peaks;
  for (const Job& job : step.view.jobs) peaks += job.peak;
  return 1 / static_cast<double>(step.view.jobs.size()) * peaks;
}

// Of `most`. Compilers that run take tokens too, a thread for each, and each thread has memory of its own. So there are
// none where not even what runs fits, or where it leaves no processor. While little is stopped one at a time.
int tokens_to_spare(Step& step, int most) {
  const View& view = step.view;
  if (view.counts.held > 1 || step.state.squeezed || step.alone || view.leaving) return 0;
  const Bytes left = view.budget - step.reserved();
  const Bytes typical = typical_peak(step);
  if (left < Bytes{} || (step.processors_in_use() && step.left_at_worst() < typical)) return 0;
  if (view.counts.held > 0 || view.any_frozen()) return std::min(1, most);
  const double fit = left.real() / std::max(typical.real(), 1.0);
  return fit >= most ? most : std::min(std::clamp(static_cast<int>(fit), 1, step.settings.spare_most), most);
}

}  // namespace

void spare_tokens(Step& step, const std::optional<Tokens>& tokens) {
  if (!tokens) return;
  const int wanted = tokens_to_spare(step, most_free(*tokens));
  if (wanted == tokens->free) return;
  const Cause cause = wanted < tokens->free ? Cause::no_room : Cause::fits;
  step.decision.actions.emplace_back(Spare{wanted, step.reason(cause, Bytes{})});
}

}  // namespace memguard::policy
