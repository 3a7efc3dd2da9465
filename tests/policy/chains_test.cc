// Jobs below one job: which of them does the work of the one above, and which are jobs like anybody's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/view.h"
#include "scenario.h"

namespace memguard::policy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Job job(std::uint32_t id, std::optional<std::uint32_t> above, JobState state, Bytes memory = {}) {
  Job made;
  made.id = JobId{id};
  if (above) made.above = JobId{*above};
  made.state = state;
  made.memory = memory;
  return made;
}

std::vector<std::uint32_t> chains_of(std::vector<Job> jobs, int children_of_chain = 1) {
  (void)link_jobs(jobs, children_of_chain);
  std::vector<std::uint32_t> chains;
  chains.reserve(jobs.size());
  for (const Job& one : jobs) chains.push_back(static_cast<std::uint32_t>(one.chain));
  return chains;
}

TEST(LinkJobs, ARustcAndItsLinkerAreOneChain) {
  EXPECT_THAT(chains_of({job(1, {}, kRunning), job(2, 1, JobState::waiting)}), ElementsAre(1, 1));
}

TEST(LinkJobs, NobodyKnowsTheParentSoItIsTheFirst) {
  EXPECT_THAT(chains_of({job(1, {}, kRunning), job(2, {}, JobState::waiting)}), ElementsAre(1, 1));
}

TEST(LinkJobs, TheOldestChildWithMemoryContinuesTheChain) {
  EXPECT_THAT(chains_of({job(1, {}, kRunning), job(2, 1, JobState::waiting), job(3, 1, kRunning), job(4, 1, kRunning)}),
              ElementsAre(1, 2, 1, 4));
}

TEST(LinkJobs, WhereNoneHasMemoryTheOldestDoes) {
  EXPECT_THAT(chains_of({job(1, {}, kRunning), job(2, 1, JobState::waiting), job(3, 1, JobState::waiting)}),
              ElementsAre(1, 1, 3));
}

TEST(LinkJobs, AChildOfAChildIsInTheChainOfItsParent) {
  EXPECT_THAT(chains_of({job(1, {}, kRunning), job(2, 1, kRunning), job(3, 1, kRunning), job(4, 3, kRunning)}),
              ElementsAre(1, 1, 3, 3));
}

TEST(LinkJobs, AJobWhoseParentIsGoneBeginsAChain) {
  EXPECT_THAT(chains_of({job(2, 1, kRunning), job(3, 1, kRunning)}), ElementsAre(2, 3));
}

TEST(LinkJobs, ParentsThatComeAfterTheirChildrenAreNone) {
  EXPECT_THAT(chains_of({job(1, 3, kRunning), job(2, 3, kRunning), job(3, 2, kRunning)}), ElementsAre(1, 2, 2));
}

TEST(LinkJobs, MemoryAboveIsThatOfAllWhoWait) {
  std::vector<Job> jobs{job(1, {}, kRunning, 10_MiB), job(2, 1, kRunning, 5_MiB), job(3, 2, kFrozen, 1_MiB),
                        job(4, 3, JobState::waiting)};
  (void)link_jobs(jobs, 1);
  EXPECT_EQ(jobs[3].above_memory, 16_MiB);
  EXPECT_TRUE(jobs[3].below_frozen);
  EXPECT_FALSE(jobs[2].below_frozen);
  EXPECT_TRUE(jobs[0].waits_for_child);
}

/// A rustdoc with 100 MiB, below which rustc run that each need 200 MiB.
const Given kRustdoc{.id = 1, .family = 1, .state = kRunning, .memory = 100_MiB};
Given below_it(std::uint32_t id, JobState state, Bytes memory = {}) {
  return {.id = id, .family = 1, .state = state, .memory = memory, .above = 1};
}

TEST(Chains, OneOfTheOldestFamilyRunsWhateverFitsTheOthersByWhatFits) {
  Scenario scene(250_MiB, certain(200_MiB));
  const Decision decision = scene.step({kRustdoc, below_it(2, JobState::waiting), below_it(3, JobState::waiting)});
  EXPECT_EQ(told(decision), "admit 2, hold 3");
  EXPECT_EQ(why<Admit>(decision).cause, Cause::oldest_family);
  EXPECT_EQ(why<Hold>(decision).cause, Cause::no_room);
}

TEST(Chains, AllOfThemRunWhereAllFit) {
  Scenario scene(1000_MiB, certain(200_MiB));
  EXPECT_EQ(told(scene.step({kRustdoc, below_it(2, JobState::waiting), below_it(3, JobState::waiting)})),
            "admit 2, admit 3");
}

TEST(Chains, TheNextRunsWhenTheFirstHasEnded) {
  Scenario scene(250_MiB, certain(200_MiB));
  (void)scene.step({kRustdoc, below_it(2, JobState::waiting), below_it(3, JobState::waiting)});
  (void)scene.step({kRustdoc, below_it(2, kRunning, 100_MiB), below_it(3, JobState::waiting)});
  scene.ended(2, 200_MiB);
  EXPECT_EQ(told(scene.step({kRustdoc, below_it(3, JobState::waiting)})), "admit 3");
}

TEST(Chains, TheYoungerOfTwoBelowOneIsFrozenAndTheOlderGoesOn) {
  Scenario scene(400_MiB, certain(300_MiB));
  (void)scene.step({kRustdoc, below_it(2, kRunning, 100_MiB), below_it(3, kRunning, 100_MiB)});
  const Decision decision = scene.step({kRustdoc, below_it(2, kRunning, 140_MiB), below_it(3, kRunning, 140_MiB)});
  EXPECT_THAT(jobs_of<Freeze>(decision), ElementsAre(3));
}

TEST(Chains, AFrozenOneIsThawedAtOnceWhenTheJobAboveWaitsForNoOther) {
  Scenario scene(400_MiB, certain(300_MiB));
  (void)scene.step({kRustdoc, below_it(2, kRunning, 100_MiB), below_it(3, kRunning, 100_MiB)});
  (void)scene.step({kRustdoc, below_it(2, kRunning, 140_MiB), below_it(3, kRunning, 140_MiB)});
  (void)scene.step({kRustdoc, below_it(2, kRunning, 145_MiB), below_it(3, kFrozen, 140_MiB)}, 1s);
  scene.ended(2, 150_MiB);
  const Decision decision = scene.step({kRustdoc, below_it(3, kFrozen, 140_MiB)});
  EXPECT_THAT(jobs_of<Thaw>(decision), ElementsAre(3));
  EXPECT_EQ(why<Thaw>(decision).cause, Cause::oldest_family);
}

TEST(Chains, AFamilyIsEvictedWithAllItsChains) {
  Scenario scene(400_MiB, certain(100_MiB));
  const Given oldest{.id = 0, .family = 0, .state = kRunning, .memory = 100_MiB};
  const auto again = [](Given given) {
    given.restartable = true;
    return given;
  };
  const auto step = [&](Bytes of_oldest) {
    Given grown = oldest;
    grown.memory = of_oldest;
    return scene.step(
        {grown, again(kRustdoc), again(below_it(2, kRunning, 80_MiB)), again(below_it(3, kRunning, 80_MiB))});
  };
  (void)step(100_MiB);
  const Decision decision = step(138_MiB);
  EXPECT_EQ(told(decision), "evict 1");
}

TEST(Chains, AStallStartsNothingBelowWhatIsFrozen) {
  Scenario scene(400_MiB, certain(50_MiB));
  const Given oldest{.id = 0, .family = 0, .state = kRunning, .memory = 100_MiB};
  Given frozen = kRustdoc;
  frozen.state = kFrozen;
  frozen.memory = 290_MiB;
  Decision decision;
  for (int i = 0; i < 12; ++i) decision = scene.step({oldest, frozen, below_it(2, JobState::waiting)});
  EXPECT_THAT(told(decision), IsEmpty());
}

}  // namespace
}  // namespace memguard::policy::testing
