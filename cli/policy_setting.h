// `--set NAME=VALUE`: one constant of the policy, changed to see what it does.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/terminal_text.h"
#include "policy/settings.h"

namespace memguard::cli {

/// Sets the field of policy/settings.h that `words` ("backfill=2.5s", "margin=0", "at_once=32MiB") names. Durations
/// need their unit, s or ms; sizes are those of --memory. Errors say what is wrong and what would do; `settings` is
/// unchanged then. Constants of a class (unknown_peak_of_class) cannot be set.
[[nodiscard]] Status set_policy(policy::Settings& settings, std::string_view words);

/// A line for each constant that set_policy can set: its name, a blank, and its value as it could be typed.
[[nodiscard]] TerminalText list_of_constants();

}  // namespace memguard::cli
