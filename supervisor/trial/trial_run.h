// The process that tries. It is what the front is to a run: subreaper and ancestor of the process that is stopped,
// because only so Yama lets it read that one; with a tree and a keeper.
#pragma once

#include "config/config.h"
#include "supervisor/trial/trial_report.h"

namespace memguard::supervisor {

/// The trial itself, in a child of its own: never returns.
[[noreturn]] void run_trial(const config::Config& config, const TrialReport& report);

}  // namespace memguard::supervisor
