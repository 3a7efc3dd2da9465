// `require-tier`: fail instead of doing with less.
#pragma once

#include "cgroup/home.h"
#include "config/config.h"

namespace memguard::supervisor {

/// Refused when the settings require more than this home gives, with what is missing and the remedy.
[[nodiscard]] Status check_required_tier(const config::Config& config, const cgroup::Home& home);

}  // namespace memguard::supervisor
