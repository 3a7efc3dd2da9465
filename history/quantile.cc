#include "history/quantile.h"

#include <algorithm>
#include <utility>

namespace memguard::history {
namespace {

constexpr double kQuantile = 0.75;
constexpr double kWeightOfOlder = 0.7;
constexpr double kAfterFailure = 1.1;

}  // namespace

Bytes expected_peak(const std::vector<Peak>& peaks) {
  std::vector<std::pair<Bytes, double>> sizes;
  double weight = 1;
  double sum = 0;
  Bytes at_least;
  for (const Peak& peak : peaks) {
    if (!peak.completed && sizes.empty()) at_least = std::max(at_least, kAfterFailure * peak.size);
    if (!peak.completed) continue;
    sizes.emplace_back(peak.size, weight);
    sum += weight;
    weight *= kWeightOfOlder;
  }
  std::ranges::sort(sizes);
  double below = 0;
  for (const auto& [size, own] : sizes) {
    below += own;
    if (below >= kQuantile * sum) return std::max(size, at_least);
  }
  return at_least;
}

}  // namespace memguard::history
