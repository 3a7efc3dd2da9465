// The best that hindsight finds in the study's workloads is what the study's own simulator found.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "simulate/comparison.h"
#include "simulate/study.h"

namespace memguard::simulate::testing {
namespace {

/// The time of the best surviving -j, over some seeds.
double oracle_seconds(const std::string& name) {
  constexpr int kWorlds = 5;
  double sum = 0;
  for (std::uint64_t seed = 1000; seed < 1000 + kWorlds; ++seed) {
    const Build build = study(name, seed, Knowledge::nothing).value();
    const auto best = best_fixed(build.tasks, build.machine);
    EXPECT_TRUE(best) << name;
    if (best) sum += seconds(best->second);
  }
  return sum / kWorlds;
}

TEST(Oracle, TheBestFixedJobsTakeAsLongAsInItsTable) {
  const std::vector<std::pair<std::string, double>> table{
      {"links512", 443.9}, {"links1024", 223.3},   {"links2048", 112.9},       {"links4096", 55.9},
      {"links6144", 31.4}, {"linksO2048", 98.1},   {"mixed8", 1254.1},         {"med8", 1219.4},
      {"med32", 91.9},     {"late", 141.5},        {"uniform", 139.2},         {"saw", 132.4},
      {"plenty", 105.2},   {"thief-med32", 176.0}, {"thief-links2048", 149.9}, {"thief-uniform", 201.1}};
  for (const auto& [name, theirs] : table) EXPECT_NEAR(oracle_seconds(name) / theirs, 1, 0.15) << name;
}

}  // namespace
}  // namespace memguard::simulate::testing
