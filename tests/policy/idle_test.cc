// Jobs for their size alone that sleep: a server that stays, or one that will end and give its memory back.
#include <gmock/gmock.h>

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

constexpr Given kAsleep{.id = 1, .family = 1, .state = kRunning, .memory = 90_MiB, .cpu = 1s, .by_size = true};
constexpr Given kNext{.id = 2, .family = 2};

// A second passes in which it uses no processor.
void fall_asleep(Scenario& scene) {
  (void)scene.step({{.id = 1, .family = 1}});
  for (int i = 0; i < 10; ++i) (void)scene.step({kAsleep});
}

TEST(Idle, WhatFitsBesideItStartsAtOnce) {
  Scenario scene(200_MiB, certain(100_MiB));
  fall_asleep(scene);
  EXPECT_EQ(told(scene.step({kAsleep, kNext})), "admit 2");
}

TEST(Idle, WhatDoesNotFitBesideItWaitsForItsEnd) {
  Scenario scene(200_MiB, certain(150_MiB));
  fall_asleep(scene);
  EXPECT_EQ(told(scene.step({kAsleep, kNext})), "hold 2");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(told(scene.step({kAsleep, kNext})), "");
  scene.ended(1, 90_MiB);
  EXPECT_EQ(told(scene.step({kNext})), "admit 2");
}

TEST(Idle, OneThatGoesOnSleepingKeepsNobodyWaiting) {
  Scenario scene(200_MiB, certain(150_MiB));
  fall_asleep(scene);
  EXPECT_EQ(told(scene.step({kAsleep, kNext})), "hold 2");
  std::string all;
  for (int i = 0; i < 50 && all.empty(); ++i) all = told(scene.step({kAsleep, kNext}));
  EXPECT_EQ(all, "admit 2");
  scene.ended(2, 100_MiB);
  EXPECT_EQ(told(scene.step({kAsleep, {.id = 3, .family = 3}})), "admit 3");
}

}  // namespace
}  // namespace memguard::policy::testing
