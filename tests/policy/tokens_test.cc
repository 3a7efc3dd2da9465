// Rules 8 and 11: what starts at once, and what the build tool may start at all.
#include "scenario.h"

namespace memguard::policy::testing {
namespace {

/// A build whose jobs need 100 MiB each.
class TokensOf500MiB : public ::testing::Test {
 protected:
  TokensOf500MiB() { scene.seen.tokens = Tokens{0, 8}; }

  static Given running(std::uint32_t id, Bytes memory = 100_MiB) { return {id, id, kRunning, memory}; }
  static Given waiting(std::uint32_t id) { return {id, id}; }

  Scenario scene{500_MiB, certain(100_MiB)};
};

TEST_F(TokensOf500MiB, SoManyAreFreeAsWouldFitButFour) {
  EXPECT_EQ(told(scene.step({})), "spare 4");
  EXPECT_EQ(told(scene.step({running(1), running(2), running(3)})), "spare 2");
}

TEST_F(TokensOf500MiB, AllAreFreeWhereAllWouldFit) {
  scene.seen.tokens = Tokens{1, 2};
  EXPECT_EQ(told(scene.step({running(1)})), "spare 3");
}

TEST_F(TokensOf500MiB, WhatMayStillGrowIsNoRoom) {
  scene.seen.tokens = Tokens{3, 5};
  EXPECT_EQ(told(scene.step({running(1, 1_MiB), running(2, 1_MiB), running(3, 1_MiB)})), "spare 2");
}

TEST_F(TokensOf500MiB, OneIsFreeWhereNothingMoreFitsAndNothingIsHeld) {
  EXPECT_EQ(told(scene.step({running(1), running(2), running(3), running(4)})), "spare 1");
}

// A thread more is memory more: at -j1 a rustc is smaller, and a build of 102 MiB that this would end was lost.
TEST_F(TokensOf500MiB, NoneIsFreeWhereWhatRunsDoesNotFitItself) {
  scene.seen.tokens = Tokens{1, 7};
  EXPECT_EQ(told(scene.step({running(1, 100_MiB), running(2, 100_MiB), running(3, 250_MiB)})), "spare 0");
}

TEST_F(TokensOf500MiB, NoneIsFreeWhereProcessorsAreInUseAndOneMoreWouldNotFit) {
  scene.seen.tokens = Tokens{1, 7};
  scene.seen.processors = 2;
  scene.seen.limit = 490_MiB;
  const auto four = [](Duration cpu) {
    std::vector<Given> jobs;
    for (std::uint32_t id = 1; id <= 4; ++id) jobs.push_back({id, id, kRunning, 100_MiB, cpu});
    return jobs;
  };
  std::string last;
  for (int tenth = 1; tenth <= 10; ++tenth) last = told(scene.step(four(tenth * 50ms)));
  EXPECT_EQ(last, "spare 0");
}

TEST_F(TokensOf500MiB, OneIsFreeBesideOneThatIsHeldAndNoneBesideTwo) {
  const std::vector<Given> full{running(1), running(2), running(3), running(4), running(5), waiting(6)};
  EXPECT_EQ(told(scene.step(full)), "hold 6, spare 1");
  scene.seen.tokens = Tokens{1, 7};
  auto two = full;
  two.push_back(waiting(7));
  EXPECT_EQ(told(scene.step(two)), "hold 7, spare 0");
  EXPECT_EQ(why<Spare>(scene.step(two)).cause, Cause::no_room);
}

TEST_F(TokensOf500MiB, ThreadsOfWhatRunsGetOneBesideAFrozenOne) {
  scene.seen.tokens = Tokens{3, 5};
  EXPECT_EQ(told(scene.step({running(1, 300_MiB), {2, 2, kFrozen, 150_MiB}})), "spare 1");
}

TEST_F(TokensOf500MiB, NothingIsSaidWhereItIsSoAlready) {
  scene.seen.tokens = Tokens{2, 6};
  EXPECT_EQ(told(scene.step({running(1), running(2), running(3)})), "");
}

TEST_F(TokensOf500MiB, WhatIsBeyondTheProcessorsIsTakenBack) {
  scene.seen.tokens = Tokens{3, -2};
  EXPECT_EQ(told(scene.step({running(1)})), "spare 1");
}

TEST_F(TokensOf500MiB, AnothersJobserverIsLeftAlone) {
  scene.seen.tokens.reset();
  EXPECT_EQ(told(scene.step({})), "");
}

TEST_F(TokensOf500MiB, NonsenseGivesNoMoreThanThereIs) {
  scene.seen.tokens = Tokens{-3, -5};
  EXPECT_EQ(told(scene.step({})), "spare 0");
}

Settings spaced(Bytes peak) {
  Settings settings = certain(peak);
  settings.start_gap = 1s;
  return settings;
}

std::vector<Given> five(JobState state = JobState::waiting, Bytes memory = {}) {
  std::vector<Given> jobs;
  for (std::uint32_t id = 1; id <= 5; ++id) jobs.push_back({id, id, state, memory});
  return jobs;
}

TEST(Spaced, WhatFillsTheLastThirdStartsOneAfterTheOther) {
  Scenario scene(500_MiB, spaced(100_MiB));
  const Decision first = scene.step(five());
  EXPECT_EQ(told(first), "admit 1, admit 2, admit 3, hold 4, hold 5");
  EXPECT_EQ(why<Hold>(first).cause, Cause::just_started);
  // Each of the three counts 0.19 s.
  auto jobs = five(kRunning, 50_MiB);
  jobs[3] = {4, 4};
  jobs[4] = {5, 5};
  EXPECT_EQ(told(scene.step(jobs, 569ms)), "");
  EXPECT_EQ(told(scene.step(jobs, 1ms)), "admit 4");
  jobs[3] = {4, 4, kRunning, 50_MiB};
  EXPECT_EQ(told(scene.step(jobs, 189ms)), "");
  EXPECT_EQ(told(scene.step(jobs, 1ms)), "admit 5");
}

// A compile of 0.3 s would have ended before the next one may start.
TEST(Spaced, AfterWhatIsKnownToBeShortTheNextMayStartSoon) {
  Scenario scene(500_MiB, spaced(100_MiB));
  auto jobs = five();
  for (std::size_t i = 0; i < 3; ++i) jobs[i].course = Course{.shape = {}, .cpu = 300ms, .wall = 300ms};
  (void)scene.step({});
  // Of the fourth nothing is known.
  EXPECT_EQ(told(scene.step(jobs)), "admit 1, admit 2, admit 3, admit 4, hold 5");
}

TEST(Spaced, NothingWaitsWhereThereIsRoom) {
  Scenario scene(1000_MiB, spaced(100_MiB));
  EXPECT_EQ(told(scene.step(five())), "admit 1, admit 2, admit 3, admit 4, admit 5");
}

TEST(Spaced, NothingWaitsLongerThanASecond) {
  Scenario scene(1000_MiB, spaced(100_MiB));
  std::vector<Given> jobs;
  for (std::uint32_t id = 1; id <= 9; ++id) jobs.push_back({id, id, kRunning, 75_MiB});
  jobs.push_back({10, 10});
  std::vector<Given> small = jobs;
  for (std::uint32_t id = 1; id <= 9; ++id) small[id - 1] = {id, id};
  EXPECT_EQ(why<Hold>(scene.step(small)).cause, Cause::just_started);
  EXPECT_EQ(told(scene.step(jobs, 999ms)), "");
  EXPECT_EQ(told(scene.step(jobs, 1ms)), "admit 10");
}

TEST(Spaced, OfManySeveralStartInASample) {
  Scenario scene(10'000_MiB, spaced(100_MiB));
  std::vector<Given> jobs;
  for (std::uint32_t id = 1; id <= 80; ++id) jobs.push_back({id, id, kRunning, 100_MiB});
  for (std::uint32_t id = 81; id <= 100; ++id) jobs.push_back({id, id});
  scene.step(jobs);
  // A hundredth of a second apart, with 80 of them running, and every tenth of a second is looked.
  const Decision next = scene.step(jobs, 100ms);
  EXPECT_GE(next.actions.size(), 7U);
  EXPECT_LE(next.actions.size(), 9U);
}

TEST(Spaced, TheLinkerOfWhatHasMemoryIsNotKeptWaiting) {
  Scenario scene(500_MiB, spaced(100_MiB));
  scene.step(five());
  auto jobs = five(kRunning, 70_MiB);
  jobs[3] = {6, 2};
  jobs[4] = {7, 7};
  EXPECT_EQ(told(scene.step(jobs, 10ms)), "admit 6, hold 7");
}

}  // namespace
}  // namespace memguard::policy::testing
