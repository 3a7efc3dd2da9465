// What jobs are expected to need.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Sets `peak`, `worst_peak`, `child_peak` and `ahead` of each job of the view, once all of them were noted: what
/// running ones show raises the estimate of their class.
void expect_peaks(Step& step);

}  // namespace memguard::policy
