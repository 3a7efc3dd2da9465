// How far predictions were off.
#pragma once

#include <string>
#include <vector>

#include "report/run_report.h"

namespace memguard::report {

/// Errors are factors, from 1 (right) on: twice too large and twice too small are both 2.
struct PredictionErrors {
  std::string job_class;
  int jobs = 0;
  double median = 1;
  double percentile_90 = 1;
};

/// Of each class, by name: of the jobs that ended by themselves and have a prediction and a peak. Less than 16 MiB
/// counts as 16 MiB.
[[nodiscard]] std::vector<PredictionErrors> prediction_errors(const std::vector<JobReport>& jobs);

}  // namespace memguard::report
