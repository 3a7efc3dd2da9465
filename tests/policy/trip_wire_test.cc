// Where memory.high is.
#include "scenario.h"

namespace memguard::policy::testing {
namespace {

Bytes wire(Bytes limit) { return Settings{}.trip_wire * limit; }

std::string high(const Decision& decision) {
  std::string all;
  for (const Action& action : decision.actions) {
    if (const auto* set = std::get_if<SetHigh>(&action)) all += std::to_string(set->high.count) + ";";
  }
  return all;
}

std::string text(Bytes size) { return std::to_string(size.count) + ";"; }

TEST(TripWire, IsOffWhileOneFamilyRunsAndToldOnce) {
  Scenario scene(1_GiB);
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 1s}})), text(Bytes::unlimited()));
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 2s}}, 10s)), "");
}

TEST(TripWire, IsJustUnderTheLimitWhileSeveralRun) {
  Scenario scene(1_GiB);
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 1s}, {2, 2, kRunning, 100_MiB, 1s}})), text(wire(1_GiB)));
}

TEST(TripWire, IsLiftedBeforeTheLastOtherFamilyIsStopped) {
  Settings settings;
  settings.unknown_peak = 600_MiB;
  Scenario scene(1_GiB, settings);
  scene.step({{1, 1, kRunning, 300_MiB, 1s}, {2, 2, kRunning, 300_MiB, 1s}});
  const Decision decision = scene.step({{1, 1, kRunning, 400_MiB, 2s}, {2, 2, kRunning, 400_MiB, 2s}});
  EXPECT_EQ(told(decision, true), "high unlimited, freeze 2");
}

TEST(TripWire, RustcAndItsLinkerAreOneFamily) {
  Scenario scene(1_GiB);
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 1s}, {2, 1, kRunning, 100_MiB, 1s}})), text(Bytes::unlimited()));
}

TEST(TripWire, ComesBackOnlyAfterAWhile) {
  Scenario scene(1_GiB);
  scene.step({{1, 1, kRunning, 100_MiB, 1s}});
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 2s}, {2, 2, kRunning, 1_MiB, 1s}})), "");
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 3s}, {2, 2, kRunning, 1_MiB, 2s}}, 1s)), text(wire(1_GiB)));
}

TEST(TripWire, IsLiftedWhenMemoryStaysAboveIt) {
  Scenario scene(1_GiB);
  const auto both = [&](Bytes each, int second) {
    return high(scene.step({{1, 1, kRunning, each, second * 1s}, {2, 2, kRunning, each, second * 1s}}, 500ms));
  };
  EXPECT_EQ(both(300_MiB, 1), text(wire(1_GiB)));
  EXPECT_EQ(both(508_MiB, 2), text(Bytes::unlimited()));  // growth: 2 is frozen
  Scenario still(1_GiB);
  const auto stay = [&](Bytes each, int second) {
    return high(still.step({{1, 1, kRunning, each, second * 1s}, {2, 2, kRunning, each, second * 1s}}, 500ms));
  };
  EXPECT_EQ(stay(508_MiB, 1), text(wire(1_GiB)));
  EXPECT_EQ(stay(508_MiB, 2), "");
  EXPECT_EQ(stay(508_MiB, 3), text(Bytes::unlimited()));
  EXPECT_EQ(stay(508_MiB, 9), "");
}

TEST(TripWire, FollowsALimitThatMovesButNotEveryStep) {
  Scenario scene(10_GiB);
  const std::vector<Given> jobs{{1, 1, kRunning, 100_MiB, 1s}, {2, 2, kRunning, 100_MiB, 1s}};
  scene.step(jobs);
  scene.seen.limit = 10_GiB - 10_MiB;
  EXPECT_EQ(high(scene.step(jobs)), "");
  scene.seen.limit = 9_GiB;
  EXPECT_EQ(high(scene.step(jobs)), text(wire(9_GiB)));
}

TEST(TripWire, IsNotAskedForWithoutALimit) {
  Scenario scene(Bytes::unlimited());
  EXPECT_EQ(high(scene.step({{1, 1, kRunning, 100_MiB, 1s}, {2, 2, kRunning, 100_MiB, 1s}})), "");
}

}  // namespace
}  // namespace memguard::policy::testing
