// `memguard doctor`: what this machine allows, and how to get the rest.
#pragma once

#include <string>

#include "config/config.h"

namespace memguard::cli {

/// The report, for stdout: the tier, the limit a build would get and why, the exec gate, PSI, and each missing thing
/// with the command or setting that brings it. Changes nothing.
[[nodiscard]] std::string doctor(const config::Config& config);

}  // namespace memguard::cli
