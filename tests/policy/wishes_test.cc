// What the user asks for from another terminal, and the promises that stand above it.
#include <gmock/gmock.h>

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

constexpr Given kOldest{.id = 1, .family = 1, .state = kRunning, .memory = 100_MiB, .cpu = 1s, .restartable = true};
constexpr Given kSecond{.id = 2, .family = 2, .state = kRunning, .memory = 100_MiB, .cpu = 1s, .restartable = true};
constexpr Given kThird{.id = 3, .family = 3};

Given with(Given job, Wish wish) {
  job.wish = wish;
  return job;
}
Given frozen(Given job) {
  job.state = kFrozen;
  return job;
}
/// As it was seen before, and at work.
Given at_work(Given job, int step) {
  job.cpu += step * 100ms;
  return job;
}

Cause denied(const Decision& decision) {
  EXPECT_EQ(decision.denied.size(), 1U);
  return decision.denied.empty() ? Cause::fits : decision.denied.front().why;
}

TEST(Wishes, WhatIsLetGoStartsWhateverFits) {
  Scenario scene(300_MiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step({kOldest, kThird})), "hold 3");
  const Decision decision = scene.step({kOldest, with(kThird, Wish::go)});
  EXPECT_EQ(told(decision), "admit 3");
  EXPECT_EQ(why<Admit>(decision).cause, Cause::asked);
}

TEST(Wishes, WhatIsFrozenAndLetGoIsThawed) {
  Scenario scene(250_MiB, certain(200_MiB));
  scene.step({kOldest, frozen(kSecond)});
  const Decision decision = scene.step({at_work(kOldest, 1), with(frozen(kSecond), Wish::go)});
  EXPECT_EQ(told(decision), "thaw 2");
  EXPECT_EQ(why<Thaw>(decision).cause, Cause::asked);
}

TEST(Wishes, WhatIsToRunAloneGoesBeforeWhatIsLetGo) {
  Scenario scene(300_MiB, certain(200_MiB));
  Given twice = kOldest;
  twice.oom_kills = 2;
  scene.step({twice, kThird});
  EXPECT_EQ(denied(scene.step({at_work(twice, 1), with(kThird, Wish::go)})), Cause::killed_twice);
}

TEST(Wishes, WhatIsStoppedStaysSoThoughItFits) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest, kSecond});
  const Decision decision = scene.step({at_work(kOldest, 1), with(kSecond, Wish::stop)});
  EXPECT_EQ(told(decision), "freeze 2");
  EXPECT_EQ(why<Freeze>(decision).cause, Cause::asked);
  for (int i = 2; i < 20; ++i)
    EXPECT_EQ(told(scene.step({at_work(kOldest, i), with(frozen(kSecond), Wish::stop)})), "");
}

TEST(Wishes, OthersStartBesideWhatTheUserHasStopped) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest, kSecond});
  scene.step({at_work(kOldest, 1), with(kSecond, Wish::stop)});
  EXPECT_EQ(told(scene.step({at_work(kOldest, 2), with(frozen(kSecond), Wish::stop), kThird})), "admit 3");
}

TEST(Wishes, WhatIsHeldAndStoppedWaitsOnAndIsSaidTo) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest});
  const Decision decision = scene.step({at_work(kOldest, 1), with(kThird, Wish::stop)});
  EXPECT_EQ(told(decision), "hold 3");
  ASSERT_EQ(decision.waits.size(), 1U);
  EXPECT_EQ(decision.waits.front().why.cause, Cause::asked);
}

TEST(Wishes, TheOldestIsNeitherStoppedNorEvicted) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest, kSecond});
  const Decision stop = scene.step({with(at_work(kOldest, 1), Wish::stop), kSecond});
  EXPECT_EQ(told(stop), "");
  EXPECT_EQ(denied(stop), Cause::oldest_family);
  const Decision evict = scene.step({with(at_work(kOldest, 2), Wish::evict), kSecond});
  EXPECT_EQ(told(evict), "");
  EXPECT_EQ(denied(evict), Cause::oldest_family);
}

TEST(Wishes, WhatIsStoppedGoesOnWhenItIsTheOldest) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest, kSecond});
  scene.step({at_work(kOldest, 1), with(kSecond, Wish::stop)});
  scene.ended(1, 100_MiB);
  const Decision decision = scene.step({with(frozen(kSecond), Wish::stop)}, 1s);
  EXPECT_EQ(told(decision), "thaw 2");
  EXPECT_EQ(why<Thaw>(decision).cause, Cause::oldest_family);
}

TEST(Wishes, WhatIsStoppedAtBirthStartsWhenNothingElseIsLeft) {
  Scenario scene(10_GiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step({with(kThird, Wish::stop), {.id = 4, .family = 4}})), "admit 4, hold 3");
  scene.ended(4, 100_MiB);
  EXPECT_EQ(told(scene.step({with(kThird, Wish::stop)})), "admit 3");
}

TEST(Wishes, WhatIsStoppedGoesOnWhereAStallMayWaitForIt) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest, kSecond});
  scene.step({at_work(kOldest, 1), with(kSecond, Wish::stop)});
  std::string all;
  for (int i = 0; i < 30 && all.empty(); ++i)
    all = told(scene.step({at_work(kOldest, 1), with(frozen(kSecond), Wish::stop)}));
  EXPECT_EQ(all, "thaw 2");
}

TEST(Wishes, WhatIsEvictedGivesItsMemoryBack) {
  Scenario scene(10_GiB, certain(200_MiB));
  scene.step({kOldest, kSecond});
  const Decision decision = scene.step({at_work(kOldest, 1), with(kSecond, Wish::evict)});
  EXPECT_EQ(told(decision), "evict 2");
  EXPECT_EQ(why<Evict>(decision).cause, Cause::asked);
}

TEST(Wishes, WhatNobodyWouldStartAgainIsNotEvicted) {
  Scenario scene(10_GiB, certain(200_MiB));
  Given lost = kSecond;
  lost.restartable = false;
  scene.step({kOldest, lost});
  const Decision decision = scene.step({at_work(kOldest, 1), with(lost, Wish::evict)});
  EXPECT_EQ(told(decision), "");
  EXPECT_EQ(denied(decision), Cause::no_restart);
}

// What others take they go on taking, and somebody is evicted for that.
TEST(Wishes, ALimitThatTheUserLowersIsTakenByNobody) {
  for (const int moves : {0, 1}) {
    Scenario scene(2_GiB, certain(200_MiB));
    scene.step({kOldest, kSecond});
    scene.step({at_work(kOldest, 1), at_work(kSecond, 1)});
    scene.seen.limit = 600_MiB;
    scene.seen.limit_moves = moves;
    EXPECT_EQ(told(scene.step({at_work(kOldest, 2), at_work(kSecond, 2)})), moves == 0 ? "evict 2" : "");
  }
}

TEST(Wishes, TwoJobsOfOneFamilyAreEvictedOnce) {
  Scenario scene(10_GiB, certain(200_MiB));
  Given linker = kSecond;
  linker.id = 4;
  linker.above = 2;
  scene.step({kOldest, kSecond, linker});
  EXPECT_EQ(told(scene.step({at_work(kOldest, 1), with(kSecond, Wish::evict), with(linker, Wish::evict)})), "evict 2");
}

TEST(Wishes, WhyEachWaitsIsToldInEachStep) {
  Scenario scene(300_MiB, certain(200_MiB));
  for (int i = 0; i < 3; ++i) {
    const Decision decision = scene.step({at_work(kOldest, i), kThird});
    ASSERT_EQ(decision.waits.size(), 1U);
    EXPECT_EQ(decision.waits.front().job, JobId{3});
    EXPECT_EQ(decision.waits.front().why.cause, Cause::no_room);
  }
}

}  // namespace
}  // namespace memguard::policy::testing
