#include "report/compare.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/lanes.h"
#include "report/names.h"

namespace memguard::report {
namespace {

constexpr Duration kFelt = std::chrono::milliseconds(100);
constexpr double kFeltPart = 0.05;

void add(UnitTook& took, const JobReport& job, const RunReport& run) {
  const Duration waited = job.held + job.frozen;
  ++took.jobs;
  took.peak = std::max(took.peak, job.peak);
  took.waited += waited;
  took.ran += std::max(end_of(job, run) - job.start - waited, Duration{});
}

bool is_felt(const UnitChange& change) {
  const Bytes most = std::max(change.before.peak, change.after.peak);
  return change.before.jobs != change.after.jobs || std::chrono::abs(change.longer()) >= kFelt ||
         std::abs(change.larger().real()) >= kFeltPart * most.real();
}

}  // namespace

std::vector<UnitChange> changes_between(const RunReport& before, const RunReport& after) {
  std::map<std::string, UnitChange> units;
  const auto change_of = [&](const JobReport& job) -> UnitChange& {
    const std::string unit = unit_of(job);
    return units.try_emplace(unit, UnitChange{.unit = unit, .before = {}, .after = {}}).first->second;
  };
  for (const JobReport& job : before.jobs) add(change_of(job).before, job, before);
  for (const JobReport& job : after.jobs) add(change_of(job).after, job, after);
  std::vector<UnitChange> felt;
  for (auto& [unit, change] : units) {
    if (is_felt(change)) felt.push_back(std::move(change));
  }
  std::ranges::stable_sort(felt, std::ranges::greater{},
                           [](const UnitChange& change) { return std::chrono::abs(change.longer()); });
  return felt;
}

}  // namespace memguard::report
