// Jobs that compete for processors: where memory is short, one more would only take some.
#include <gmock/gmock.h>

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

class Processors : public ::testing::Test {
 protected:
  Processors() { scene_.seen.processors = 2; }

  // Two run for a second, each with that share of a processor; then one more arrives.
  std::string third_beside(double share, bool of_build_script = false) {
    (void)scene_.step({{.id = 1, .family = 1}, {.id = 2, .family = 2}});
    for (int tenth = 1; tenth <= 10; ++tenth) (void)scene_.step(two(share * tenth));
    std::vector<Given> jobs = two(share * 11);
    jobs.push_back({.id = 3, .family = 3, .of_build_script = of_build_script});
    decision_ = scene_.step(jobs);
    return told(decision_);
  }
  static std::vector<Given> two(double tenths) {
    const auto cpu = std::chrono::duration_cast<Duration>(tenths * 100ms);
    return {{1, 1, kRunning, 20_MiB, cpu}, {2, 2, kRunning, 20_MiB, cpu}};
  }

  Scenario scene_{320_MiB, certain(100_MiB)};
  Decision decision_;
};

TEST_F(Processors, WhereMemoryIsShortNothingStartsBesideThoseThatAreBusy) {
  scene_.seen.limit = 250_MiB;
  EXPECT_EQ(third_beside(1), "hold 3");
  EXPECT_EQ(why<Hold>(decision_).cause, Cause::processors_busy);
}

// The three fit, whatever they need. More than two at a time would only take memory longer.
TEST_F(Processors, WhereMemoryIsNotPlentifulNothingStartsEither) {
  scene_.seen.limit = 400_MiB;
  EXPECT_EQ(third_beside(1), "hold 3");
  EXPECT_EQ(why<Hold>(decision_).cause, Cause::processors_busy);
}

// Cargo counted the script, and all crates above it wait.
TEST_F(Processors, WhatABuildScriptStartsDoesNotWaitForOne) {
  scene_.seen.limit = 400_MiB;
  EXPECT_EQ(third_beside(1, true), "admit 3");
}

// Two that get half a processor each beside another build wait for the rest of it.
TEST_F(Processors, WhoHasToWaitForOneIsNoSleeper) {
  scene_.seen.limit = 400_MiB;
  (void)scene_.step({{.id = 1, .family = 1}, {.id = 2, .family = 2}});
  for (int tenth = 1; tenth <= 10; ++tenth) {
    scene_.seen.waited_for_processor = tenth * 90ms;
    (void)scene_.step(two(0.3 * tenth));
  }
  scene_.seen.waited_for_processor = 990ms;
  std::vector<Given> jobs = two(0.3 * 11);
  jobs.push_back({.id = 3, .family = 3});
  EXPECT_EQ(told(scene_.step(jobs)), "hold 3");
}

// A make -j16 below it starts as many as there are processors.
TEST(ProcessorsOf, WhatABuildScriptStartsWaitsForItsLike) {
  Scenario scene(400_MiB, certain(100_MiB));
  scene.seen.processors = 2;
  std::vector<Given> jobs{{.id = 1, .family = 1}, {.id = 2, .family = 2}};
  for (std::uint32_t id = 3; id <= 5; ++id) jobs.push_back({.id = id, .family = id, .of_build_script = true});
  EXPECT_EQ(told(scene.step(jobs)), "admit 1, admit 2, admit 3, admit 4, hold 5");
}

TEST_F(Processors, WhatSleepsLeavesThemFree) {
  scene_.seen.limit = 320_MiB;
  EXPECT_EQ(third_beside(0.1), "admit 3");
}

TEST_F(Processors, HalfAProcessorIsEnough) {
  scene_.seen.limit = 320_MiB;
  EXPECT_EQ(third_beside(0.7), "admit 3");
}

TEST_F(Processors, WhereMemoryIsPlentifulTheyDoNotMatter) {
  scene_.seen.limit = 2_GiB;
  EXPECT_EQ(third_beside(1), "admit 3");
}

TEST_F(Processors, AreNotCountedWhereNobodyKnowsThem) {
  scene_.seen.processors = 0;
  scene_.seen.limit = 320_MiB;
  EXPECT_EQ(third_beside(1), "admit 3");
}

// Two that share one processor are no sleepers: when one of them has ended the other takes all of it.
TEST_F(Processors, WhoHadToShareOneUsesAWholeOne) {
  scene_.seen.processors = 1;
  scene_.seen.limit = 190_MiB;
  (void)scene_.step({{.id = 1, .family = 1}});
  for (int tenth = 1; tenth <= 10; ++tenth) (void)scene_.step(two(0.5 * tenth));
  scene_.ended(2, 100_MiB);
  EXPECT_EQ(told(scene_.step({two(6)[0], {.id = 3, .family = 3}})), "hold 3");
  EXPECT_EQ(told(scene_.step({two(7)[0], {.id = 3, .family = 3}})), "");
}

// Two fit as they are expected, and not at worst.
Settings uncertain() {
  Settings settings = certain(50_MiB);
  settings.unknown_spread = 0.8;
  return settings;
}

TEST(ProcessorsOf, WhatTurnsRoundAndRoundForAMinuteMayWaitForWhoIsHeld) {
  Scenario scene(320_MiB, uncertain());
  scene.seen.processors = 1;
  (void)scene.step({{.id = 1, .family = 1, .restartable = true}});
  std::string all;
  for (int second = 1; second <= 60; ++second) {
    Given turns{.id = 1, .family = 1, .state = kRunning, .memory = 20_MiB, .restartable = true};
    turns.cpu = std::chrono::seconds(second);
    all += told(scene.step({turns, {.id = 3, .family = 3, .restartable = true}}, 1s));
    EXPECT_EQ(all, second < 60 ? "hold 3" : "hold 3admit 3") << second << " s";
  }
}

// What has just started has used none yet, and will.
TEST(ProcessorsOf, OfManyThatArriveAtOnceAsManyStartAsThereAre) {
  Scenario scene(320_MiB, uncertain());
  scene.seen.processors = 2;
  std::vector<Given> jobs;
  for (std::uint32_t id = 1; id <= 4; ++id) jobs.push_back({.id = id, .family = id, .restartable = true});
  EXPECT_EQ(told(scene.step(jobs)), "admit 1, admit 2, hold 3, hold 4");
}

}  // namespace
}  // namespace memguard::policy::testing
