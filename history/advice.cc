#include "history/advice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "job/programs.h"

namespace memguard::history {
namespace {

constexpr std::size_t kNamed = 3;
constexpr double kUsable = 0.95;
constexpr double kToSpare = 1.1;

std::vector<Need> built_together(const std::vector<UnitRuns>& units) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Need> largest;
  for (const UnitRuns& one : units) {
    const auto& unit = one.unit;
    Need& need = largest[{unit.job_class, unit.name, unit.kind, unit.target}];
    if (one.expected > need.expected) need = {unit, one.expected};
  }
  std::vector<Need> needs;
  for (auto& [key, need] : largest) {
    if (need.expected > Bytes{}) needs.push_back(std::move(need));
  }
  std::ranges::stable_sort(needs, std::ranges::greater{}, &Need::expected);
  return needs;
}

Fit fit(const std::vector<Need>& needs, Bytes memory) {
  Fit fit{memory, 0};
  Bytes left = kUsable * memory;
  for (const Need& need : needs) {
    if (need.expected > left) break;
    left -= need.expected;
    ++fit.jobs;
  }
  return fit;
}

// Rounded up to two digits, as config/size.h reads it.
std::string declared(Bytes expected) {
  using namespace units;
  if (expected <= Bytes{}) return {};
  const double needed = kToSpare * expected.real();
  const bool gib = needed >= (1000_MiB).real();
  const double value = std::max(1.0, needed / (gib ? 1_GiB : 1_MiB).real() * (gib ? 10 : 1)) / (gib ? 10 : 1);
  const double step = std::pow(10, std::floor(std::log10(value)) - 1);
  const double rounded = std::ceil(value / step - 1e-9) * step;
  return gib && rounded < 10 ? fmt::format("{:.1f}GiB", rounded)
                             : fmt::format("{:.0f}{}", rounded, gib ? "GiB" : "MiB");
}

// Only what cargo builds has a version, and a Cargo.toml to declare in.
bool is_cargos(const job::Unit& unit) {
  const job::Kind kind = job::kind_of(unit.job_class);
  return !unit.version.empty() && (kind == job::Kind::rustc || kind == job::Kind::link);
}

Declaration declaration(const std::string& crate, const std::vector<Need>& needs) {
  const auto largest = [&](job::Kind kind) {
    const auto found = std::ranges::find_if(needs, [&](const Need& need) {
      return is_cargos(need.unit) && need.unit.name == crate && job::kind_of(need.unit.job_class) == kind;
    });
    return found == needs.end() ? Bytes{} : found->expected;
  };
  return {crate, declared(largest(job::Kind::rustc)), declared(largest(job::Kind::link))};
}

std::vector<Declaration> declarations(const std::vector<Need>& named, const std::vector<Need>& needs) {
  std::vector<Declaration> all;
  for (const Need& need : named) {
    const bool already = std::ranges::count(all, need.unit.name, &Declaration::crate) > 0;
    if (is_cargos(need.unit) && !already) all.push_back(declaration(need.unit.name, needs));
  }
  return all;
}

std::vector<LinkRule> link_rules(const std::vector<Need>& named) {
  std::vector<LinkRule> rules;
  for (const Need& need : named) {
    if (job::kind_of(need.unit.job_class) == job::Kind::link && need.unit.version.empty() && !need.unit.name.empty())
      rules.push_back({need.unit.name, declared(need.expected)});
  }
  return rules;
}

std::vector<Bytes> sums(const std::vector<Need>& needs) {
  constexpr std::size_t kMost = 1024;  // more at once than anybody has processors
  std::vector<Bytes> sums;
  Bytes sum;
  for (const Need& need : needs) {
    if (sums.size() == kMost) break;
    sum += need.expected;
    sums.push_back(memory_for(sum));
  }
  return sums;
}

}  // namespace

Bytes memory_for(Bytes needs) {
  constexpr Bytes kNoJobs{64LL << 20U};
  constexpr double kMib = 1 << 20;
  const double whole = (kToSpare * needs.real() + kNoJobs.real()) / kUsable;
  return Bytes{static_cast<std::int64_t>(std::ceil(whole / kMib)) << 20U};
}

Bytes Advice::memory_with(std::size_t jobs) const {
  return for_jobs.at(std::clamp<std::size_t>(jobs, 1, for_jobs.size()) - 1);
}

Advice advise(const std::vector<UnitRuns>& units, Bytes machine) {
  using namespace memguard::units;
  const std::vector<Need> needs = built_together(units);
  Advice advice;
  advice.units = static_cast<int>(needs.size());
  advice.largest.assign(needs.begin(), needs.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, needs.size())));
  for (const Bytes memory : {8_GiB, 16_GiB, 32_GiB, 64_GiB}) advice.fits.push_back(fit(needs, memory));
  advice.here = fit(needs, machine);
  advice.for_jobs = sums(needs);
  advice.declare = declarations(advice.largest, needs);
  advice.rules = link_rules(advice.largest);
  advice.drivers = profile_drivers(units);
  return advice;
}

}  // namespace memguard::history
