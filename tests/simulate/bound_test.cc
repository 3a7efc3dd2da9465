// No schedule is shorter than the bound, and the bound is not trivial.
#include <cstdlib>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "same_worlds.h"
#include "scripted.h"
#include "simulate/amounts.h"
#include "simulate/comparison.h"
#include "simulate/curve.h"

namespace memguard::simulate::testing {
namespace {

const int kSameWorlds = take_same_worlds("300");

double bound(const std::vector<Task>& tasks, const Machine& machine) { return seconds(physical_bound(tasks, machine)); }

TEST(Bound, IsTheLongestChain) {
  std::vector<Task> tasks{flat(1, 1), flat(2, 1), flat(4, 1)};
  EXPECT_NEAR(bound(tasks, machine(100, 4)), 4, 1e-6);
  tasks[2].after = {1};
  EXPECT_NEAR(bound(tasks, machine(100, 4)), 6, 1e-6);
}

TEST(Bound, IsAllWorkOverAllProcessors) {
  EXPECT_NEAR(bound(std::vector<Task>(10, flat(1, 1)), machine(100, 2)), 5, 1e-6);
}

TEST(Bound, IsAllMemoryOverTime) {
  EXPECT_NEAR(bound(std::vector<Task>(10, flat(1, 40)), machine(100, 100)), 4, 1e-6);
  EXPECT_NEAR(bound(std::vector<Task>(10, task(kRustc, 1, ramp(mib(40), 1.0))), machine(100, 100)), 2.1, 1e-6);
}

TEST(Bound, CountsTheFamilyAsAWhole) {
  Task child = flat(3, 50, kLink);
  child.parent = 0;
  child.parent_progress = 1;
  EXPECT_NEAR(bound({flat(1, 50), child}, machine(100, 4)), 4, 1e-6);
  EXPECT_EQ(largest_family({flat(1, 50), child}), mib(100));
}

RC_GTEST_PROP(Bound, IsNeverAboveWhatWasPossible, ()) {
  Build build = anything(*rc::gen::inRange<std::uint64_t>(0, 1ULL << 40U), *rc::gen::inRange(1, 40));
  build.machine.restarts = true;
  const double least = bound(build.tasks, build.machine);
  RC_ASSERT(seconds(run_guarded(build.tasks, build.machine).makespan) >= least - 1e-6);
  if (const auto best = best_fixed(build.tasks, build.machine)) RC_ASSERT(seconds(best->second) >= least - 1e-6);
}

}  // namespace
}  // namespace memguard::simulate::testing
