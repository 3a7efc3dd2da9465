#include "cgroup/tier.h"

#include <algorithm>
#include <array>

namespace memguard::cgroup {
namespace {

constexpr std::array<std::string_view, 3> kTiers{"signal", "freezer", "full"};

}  // namespace

std::string_view to_text(Tier tier) { return kTiers.at(static_cast<std::size_t>(tier)); }

std::optional<Tier> parse_tier(std::string_view text) {
  const auto* const found = std::find(kTiers.begin(), kTiers.end(), text);
  if (found == kTiers.end()) return std::nullopt;
  return static_cast<Tier>(found - kTiers.begin());
}

}  // namespace memguard::cgroup
