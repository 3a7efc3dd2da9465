#include "supervisor/front/required_tier.h"

#include <fmt/format.h>

namespace memguard::supervisor {

Status check_required_tier(const config::Config& config, const cgroup::Home& home) {
  const auto& wanted = config.require_tier.value;
  if (!wanted || home.tier >= cgroup::parse_tier(*wanted).value_or(cgroup::Tier::full)) return {};
  const std::string what = fmt::format("tier {} is required, this machine gives {}", *wanted, to_text(home.tier));
  if (home.missing.empty()) return fail(what, 0);
  return fail(fmt::format("{}: {}", what, home.missing.front().what), 0, home.missing.front().remedy);
}

}  // namespace memguard::supervisor
