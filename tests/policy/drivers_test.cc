// Families that only wait, but have memory: a compiler driver waits for its linker, which is held.
#include <gmock/gmock.h>

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool stays_away(const Decision& decision) {
  return std::ranges::any_of(decision.actions, [](const Action& action) {
    const auto* evict = std::get_if<Evict>(&action);
    return evict != nullptr && evict->stays_away;
  });
}

/// One that waits for memory, below a compiler driver of 12 MiB that would be started again.
Given below_driver(std::uint32_t id) {
  Given link = shimmed(id);
  link.starter_memory = 12_MiB;
  return link;
}

// Seen: four links by clang++ and bfd. The one that ran alone was killed for what the drivers of the others had.
TEST(Drivers, GoWhenTheOldestIsAboutToHitTheWallAndComeBackWhenItHasEnded) {
  Scenario scene(100_MiB, certain(90_MiB));
  auto oldest = shimmed(1, kRunning, 50_MiB, 1s);
  const std::vector<Given> others{below_driver(2), below_driver(3)};
  EXPECT_EQ(told(scene.step({oldest, others[0], others[1]})), "hold 2, hold 3");
  oldest.memory = 77_MiB;
  const Decision decision = scene.step({oldest, others[0], others[1]});
  EXPECT_EQ(told(decision), "evict 2, evict 3");
  EXPECT_TRUE(stays_away(decision)) << "it would take the same again";
  EXPECT_EQ(why<Evict>(decision).need, 12_MiB);
  oldest.memory = 90_MiB;
  EXPECT_THAT(scene.step({oldest}).back, IsEmpty());
  scene.ended(1, 90_MiB);
  EXPECT_THAT(scene.step({}).back, ElementsAre(FamilyId{2}, FamilyId{3}));
  EXPECT_THAT(scene.step({}).back, IsEmpty()) << "once is enough";
}

TEST(Drivers, WithNextToNoMemoryStay) {
  Scenario scene(100_MiB, certain(100_MiB));
  auto gcc = shimmed(2);
  gcc.starter_memory = Bytes{200 << 10};
  EXPECT_EQ(told(scene.step({shimmed(1, kRunning, 101_MiB, 1s), gcc})), "hold 2");
}

TEST(Drivers, GoForOneThatWasKilledTwice) {
  Scenario scene(4_GiB, certain(100_MiB));
  Given back = shimmed(1);
  back.oom_kills = 2;
  const Decision decision = scene.step({back, below_driver(2), shimmed(3)});
  EXPECT_EQ(told(decision), "evict 2, hold 1, hold 3");
  EXPECT_TRUE(stays_away(decision));
  EXPECT_THAT(scene.step({back, shimmed(3)}).back, IsEmpty());
  // It is killed once more, and is not there before its shim has started it again.
  EXPECT_THAT(scene.step({shimmed(3)}).back, ElementsAre(FamilyId{2}));
}

TEST(Drivers, ThoseOfAFamilyThatHasMemoryComeBackAtOnce) {
  Scenario scene(100_MiB, certain(50_MiB));
  auto link = below_driver(3);
  link.family = 2;
  const Decision decision = scene.step({shimmed(1, kRunning, 50_MiB, 1s), shimmed(2, kRunning, 40_MiB, 1s), link});
  EXPECT_EQ(told(decision), "evict 2");
  EXPECT_FALSE(stays_away(decision));
  EXPECT_EQ(why<Evict>(decision).need, 52_MiB);
}

TEST(Drivers, AreNotWaitedForWhereWhatTheyWentForIsIdle) {
  Scenario scene(100_MiB, certain(90_MiB));
  auto server = shimmed(1, kRunning, 99_MiB, 1s);
  server.by_size = true;
  EXPECT_EQ(told(scene.step({server, below_driver(2)})), "evict 2");
  std::vector<FamilyId> back;
  for (int i = 0; i < 100 && back.empty(); ++i) back = scene.step({server}).back;
  EXPECT_THAT(back, ElementsAre(FamilyId{2}));
}

/// A link of 90 MiB in 100 for which family 2 has gone away.
Given gone_for(Scenario& scene) {
  auto oldest = shimmed(1, kRunning, 90_MiB, 1s);
  EXPECT_EQ(told(scene.step({oldest, below_driver(2)})), "evict 2");
  oldest.cpu += 100ms;
  EXPECT_THAT(scene.step({oldest}).back, IsEmpty());
  return oldest;
}

// `clang++ gen.o -o gen && ./gen | cc -x c -`: the compiler waits for the link that has gone away for it.
TEST(Drivers, ComeBackWhenNothingThatRunsMakesProgress) {
  Scenario scene(100_MiB, certain(90_MiB));
  auto oldest = gone_for(scene);
  std::vector<FamilyId> back;
  for (int i = 0; i < 100 && back.empty(); ++i) back = scene.step({oldest}).back;
  EXPECT_THAT(back, ElementsAre(FamilyId{2}));
}

TEST(Drivers, StayAwayWhileWhatTheyWentForMakesProgress) {
  Scenario scene(100_MiB, certain(90_MiB));
  auto oldest = gone_for(scene);
  for (int i = 0; i < 100; ++i) {
    oldest.cpu += 100ms;
    EXPECT_THAT(scene.step({oldest}).back, IsEmpty());
  }
}

TEST(Drivers, ComeBackWhereThereIsPlentyOfRoom) {
  for (const Bytes limit : {140_MiB, 160_MiB}) {
    Scenario scene(100_MiB, certain(90_MiB));
    auto oldest = gone_for(scene);
    scene.seen.limit = limit;
    ++scene.seen.limit_moves;
    oldest.cpu += 100ms;
    // 102 MiB are 73 % of the one, and 64 % of the other.
    EXPECT_THAT(scene.step({oldest}).back, SizeIs(limit == 160_MiB ? 1 : 0));
  }
}

TEST(Drivers, AreCountedOutWhileTheyLeave) {
  Scenario scene(100_MiB, certain(90_MiB));
  const std::vector<Given> jobs{shimmed(1, kRunning, 80_MiB, 1s), shimmed(2, kRunning, 10_MiB, 1s), below_driver(3)};
  EXPECT_EQ(told(scene.step(jobs)), "evict 3") << "no work is thrown away";
  EXPECT_EQ(told(scene.step(jobs, 10ms)), "") << "12 MiB of these 102 are on their way";
}

}  // namespace
}  // namespace memguard::policy::testing
