#include "report/prediction_errors.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace memguard::report {
namespace {

// Of a job that took 200 KiB no factor says anything: less than this counts as this.
constexpr Bytes kLeast{16 << 20};

// The smallest value that at least this share of them does not exceed. `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp(rank, std::size_t{1}, sorted.size()) - 1];
}

}  // namespace

std::vector<PredictionErrors> prediction_errors(const std::vector<JobReport>& jobs) {
  std::map<std::string, std::vector<double>> factors;
  for (const JobReport& job : jobs) {
    if (job.outcome != Outcome::done || job.predicted <= Bytes{} || job.peak <= Bytes{}) continue;
    const double factor = std::max(job.predicted, kLeast).real() / std::max(job.peak, kLeast).real();
    factors[job.job_class].push_back(std::max(factor, 1 / factor));
  }
  std::vector<PredictionErrors> errors;
  for (auto& [job_class, of_class] : factors) {
    std::ranges::sort(of_class);
    errors.push_back({job_class, static_cast<int>(of_class.size()), quantile(of_class, 0.5), quantile(of_class, 0.9)});
  }
  return errors;
}

}  // namespace memguard::report
