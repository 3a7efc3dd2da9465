// The answers of doctor (doctor.h), config and suggest as JSON, for --json: docs/JSON.md.
#pragma once

#include <string>

#include "cli/doctor.h"
#include "config/config.h"
#include "history/advice.h"

namespace memguard::cli {

/// What `memguard config --json` prints.
[[nodiscard]] std::string to_json(const config::Config& config);
/// Also when nothing is known: then its lists are empty.
[[nodiscard]] std::string to_json(const history::Advice& advice);

}  // namespace memguard::cli
