// One rule, one test: what a governor decides in a scene made by hand.
#include <gmock/gmock.h>

#include "scenario.h"

namespace memguard::policy::testing {
namespace {

TEST(Admission, FirstJobIsAdmittedWhateverTheLimit) {
  for (const Bytes limit : {0_B, 1_MiB, 10_GiB, Bytes::unlimited()}) {
    Scenario scene(limit);
    EXPECT_EQ(told(scene.step({{.id = 1, .family = 1}})), "admit 1") << to_text(limit);
  }
}

TEST(Admission, AllJobsAreAdmittedAtOnceWhenMemoryIsPlentiful) {
  Scenario scene(64_GiB);
  std::vector<Given> jobs;
  for (std::uint32_t i = 0; i < 32; ++i) jobs.push_back({.id = i, .family = i});
  const Decision decision = scene.step(jobs);
  EXPECT_EQ(told(decision).find("hold"), std::string::npos);
  EXPECT_EQ(decision.next_sample, Settings{}.sample_plentiful);
}

TEST(Admission, JobThatDoesNotFitIsHeldOnceAndAdmittedWhenThereIsRoom) {
  Scenario scene(500_MiB, certain(200_MiB));
  const std::vector<Given> three{{.id = 1, .family = 1}, {.id = 2, .family = 2}, {.id = 3, .family = 3}};
  const Decision first = scene.step(three);
  EXPECT_EQ(told(first), "admit 1, admit 2, hold 3");
  const Reason no = why<Hold>(first);
  EXPECT_EQ(no.cause, Cause::no_room);
  EXPECT_EQ(to_text(no.need), "200 MiB");
  EXPECT_EQ(to_text(no.reserved), "400 MiB");
  EXPECT_EQ(no.running, 2);
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 170_MiB, 1s}, {2, 2, kRunning, 170_MiB, 1s}, {3, 3}})), "");
  scene.ended(1, 200_MiB);
  EXPECT_EQ(told(scene.step({{2, 2, kRunning, 170_MiB, 2s}, {3, 3}})), "admit 3");
}

// Two of 400 MiB that nobody knows: 60 % of both. Known, half of the 40 % is reserved too, of 400 MiB times root 2.
TEST(Admission, OfFewKnownJobsMoreIsReserved) {
  const auto reserved_for_two = [](PredictedBy by) {
    Settings settings = certain(400_MiB);
    settings.alpha_start = settings.alpha_least = 0.6;
    settings.believer_residual_history = settings.believer_residual = 0;
    settings.few_in_full = 0;
    Scenario scene(500_MiB, settings);
    std::vector<Given> jobs;
    for (std::uint32_t i = 1; i <= 3; ++i) {
      jobs.push_back({.id = i, .family = i, .predicted = 400_MiB, .restartable = true, .predicted_by = by});
    }
    return why<Hold>(scene.step(jobs));
  };
  EXPECT_EQ(to_text(reserved_for_two(PredictedBy::model).reserved), "480 MiB");
  EXPECT_EQ(reserved_for_two(PredictedBy::model).running, 2);
  // 240 + 80 MiB, and the second would make it 480 + 113.
  for (const PredictedBy by : {PredictedBy::history, PredictedBy::user}) {
    EXPECT_EQ(to_text(reserved_for_two(by).reserved), "320 MiB");
    EXPECT_EQ(reserved_for_two(by).running, 1);
  }
}

TEST(Admission, SmallJobPassesTheOldestHeldOneButOnlyForSomeSeconds) {
  Scenario scene(500_MiB, certain(100_MiB));
  const Given big{.id = 2, .family = 2, .predicted = 450_MiB};
  EXPECT_EQ(told(scene.step({{.id = 1, .family = 1}, big, {.id = 3, .family = 3}})), "admit 1, admit 3, hold 2");
  for (Duration t = 0s; t < 6s; t += 1s) {
    EXPECT_EQ(told(scene.step({{1, 1, kRunning, 100_MiB, t}, big, {3, 3, kRunning, 100_MiB, t}}, 1s)), "");
  }
  const Decision late =
      scene.step({{1, 1, kRunning, 100_MiB, 7s}, big, {3, 3, kRunning, 100_MiB, 7s}, {.id = 4, .family = 4}});
  EXPECT_EQ(told(late), "hold 4");
  EXPECT_EQ(why<Hold>(late).cause, Cause::waits_for_oldest);
}

TEST(Admission, RunningJobsShowWhatTheirClassNeedsBeforeAnyHasEnded) {
  Scenario shown(2500_MiB);
  EXPECT_EQ(told(shown.step({{1, 1, kRunning, 2_GiB, 1s}, {.id = 2, .family = 2}})), "hold 2");
  Scenario other(2500_MiB);
  EXPECT_EQ(told(other.step({{1, 1, kRunning, 2_GiB, 1s, 7}, {.id = 2, .family = 2}})), "admit 2");
}

TEST(Admission, WhatIsUsedByNoJobCounts) {
  Scenario scene(500_MiB, certain(200_MiB));
  scene.overhead = 250_MiB;
  EXPECT_EQ(told(scene.step({{.id = 1, .family = 1}, {.id = 2, .family = 2}})), "admit 1, hold 2");
}

constexpr Group kOne{GroupId{1}, 1};

TEST(Group, OnlySoManyHaveMemoryAtOnce) {
  Scenario scene(2_GiB, certain(100_MiB));
  const Given first{.id = 1, .family = 1, .group = kOne};
  const Given second{.id = 2, .family = 2, .group = kOne};
  const Decision decision = scene.step({first, second, {.id = 3, .family = 3}});
  EXPECT_EQ(told(decision), "admit 1, admit 3, hold 2");
  EXPECT_EQ(why<Hold>(decision).cause, Cause::group_full);
  scene.ended(1, 100_MiB);
  EXPECT_EQ(told(scene.step({second, {3, 3, kRunning, 100_MiB, 1s}})), "admit 2");
}

TEST(Group, TheLinkerOfTheOldestWaitsForOneThatRunsButNotForOneThatIsFrozen) {
  const auto told_beside = [](JobState state) {
    Scenario scene(2_GiB, certain(100_MiB));
    Given other{2, 2, state, 100_MiB, 1s};
    other.group = kOne;
    return told(scene.step({{1, 1, kRunning, 100_MiB, 1s}, other, {.id = 3, .family = 1, .group = kOne}}));
  };
  EXPECT_THAT(told_beside(kRunning), ::testing::HasSubstr("hold 3"));
  EXPECT_THAT(told_beside(kFrozen), ::testing::HasSubstr("admit 3"));
}

TEST(Family, LinkerOfTheOldestFamilyStartsWhateverFits) {
  Scenario scene(500_MiB, certain(200_MiB));
  scene.step({{1, 1, kRunning, 200_MiB, 1s}, {2, 2, kRunning, 200_MiB, 1s}});
  const Decision decision =
      scene.step({{1, 1, kRunning, 200_MiB, 2s}, {2, 2, kRunning, 200_MiB, 2s}, {.id = 3, .family = 1}});
  EXPECT_EQ(told(decision), "admit 3");
  EXPECT_EQ(why<Admit>(decision).cause, Cause::oldest_family);
}

TEST(Family, LinkerOfAYoungerFamilyWaitsForRoom) {
  Scenario scene(500_MiB, certain(200_MiB));
  scene.step({{1, 1, kRunning, 200_MiB, 1s}, {2, 2, kRunning, 200_MiB, 1s}});
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 200_MiB, 2s}, {2, 2, kRunning, 200_MiB, 2s}, {.id = 3, .family = 2}})),
            "hold 3");
}

TEST(Family, ParentThatWaitsForItsLinkerNeedsNoMore) {
  Scenario scene(500_MiB, certain(200_MiB));
  // 10 and 200 MiB used; the rustc with 10 will not grow to 200, its linker has reached 200.
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 10_MiB, 1s}, {2, 1, kRunning, 200_MiB, 1s}, {.id = 3, .family = 2}})),
            "admit 3");
}

TEST(Family, LinkerToComeIsSetAsideForWhereArgumentsTellOfIt) {
  const Settings settings = [] {
    Settings s = certain(100_MiB);
    s.unknown_peak_of_class[ClassId{1}] = 400_MiB;
    return s;
  }();
  const std::vector<Given> untold{{1, 1, kRunning, 100_MiB, 1s}, {.id = 2, .family = 2}};
  EXPECT_EQ(told(Scenario(550_MiB, settings).step(untold)), "admit 2");
  std::vector<Given> said = untold;
  said[0].will_start = ClassId{1};
  EXPECT_EQ(told(Scenario(550_MiB, settings).step(said)), "hold 2");
}

TEST(Family, LinkerThatEndedIsNotExpectedAgain) {
  Settings settings = certain(100_MiB);
  settings.unknown_peak_of_class[ClassId{1}] = 400_MiB;
  Scenario scene(550_MiB, settings);
  const Given rustc{1, 1, kRunning, 100_MiB, 1s, 0, {}, ClassId{1}};
  scene.step({rustc, {2, 1, kRunning, 10_MiB, 1s, 1}});
  scene.ended(2, 10_MiB);
  EXPECT_EQ(told(scene.step({rustc, {.id = 3, .family = 2}})), "admit 3");
}

TEST(Family, WaitingMemberOfAFrozenFamilyIsNotAdmittedBeforeTheThaw) {
  Scenario scene(10_GiB);
  const std::vector<Given> jobs{{1, 1, kRunning, 100_MiB, 1s}, {2, 2, kFrozen, 100_MiB}, {.id = 3, .family = 2}};
  EXPECT_EQ(told(scene.step(jobs, 0ms)), "hold 3");
  EXPECT_EQ(told(scene.step(jobs, 400ms)), "thaw 2, admit 3");
}

TEST(Freeze, YoungerFamilyIsStoppedWhenItsGrowthWouldTakeWhatTheOldestNeeds) {
  Scenario scene(500_MiB, certain(300_MiB));
  scene.step({{1, 1, kRunning, 100_MiB, 1s}, {2, 2, kRunning, 100_MiB, 1s}});
  EXPECT_EQ(told(scene.step({{1, 1, kRunning, 120_MiB, 2s}, {2, 2, kRunning, 120_MiB, 2s}}, 500ms)), "");
  const Decision decision = scene.step({{1, 1, kRunning, 180_MiB, 3s}, {2, 2, kRunning, 180_MiB, 3s}}, 500ms);
  EXPECT_EQ(told(decision), "freeze 2");
  EXPECT_EQ(why<Freeze>(decision).cause, Cause::growth);
  EXPECT_EQ(decision.next_sample, Settings{}.sample_tight());
}

TEST(Freeze, JobThatHasItsMemoryIsLeftAlone) {
  Scenario scene(500_MiB, certain(300_MiB));
  for (int i = 0; i < 10; ++i) {
    const Duration cpu = i * 1s;
    EXPECT_EQ(told(scene.step({{1, 1, kRunning, 240_MiB, cpu}, {2, 2, kRunning, 240_MiB, cpu}})), "");
  }
}

// As seen with links beside a program that took 100 MiB a second: 2 % of margin were gone before anything was stopped.
TEST(Freeze, WhatOthersTakeFromTheMachineIsGrowthToo) {
  const auto at_885_mib = [](Bytes limit, Bytes taken_per_sample) {
    Scenario scene(limit, certain(600_MiB));
    std::string all;
    for (int i = 0; i < 6; ++i, scene.seen.limit -= taken_per_sample) {
      Given older{1, 1, kRunning, 400_MiB + 5.0 * i * 1_MiB, i * 1s};
      older.restartable = true;
      Given younger = older;
      younger.id = younger.family = 2;
      all += told(scene.step({older, younger}));
    }
    return all;
  };
  // Of 35 MiB that are left both may take 12.5 within the horizon, but not beside somebody who takes as much.
  EXPECT_EQ(at_885_mib(885_MiB, 0_MiB), "");
  EXPECT_EQ(at_885_mib(910_MiB, 5_MiB), "freeze 2");
}

TEST(Freeze, OldestFamilyIsNotStoppedAtTheWall) {
  Scenario scene(500_MiB);
  Bytes memory = 100_MiB;
  for (int i = 0; i < 8; ++i, memory += 50_MiB) {
    EXPECT_EQ(told(scene.step({{1, 1, kRunning, memory, i * 1s}})), "");
  }
}

TEST(Freeze, FrozenFamilyThatBecomesTheOldestRunsAtOnce) {
  Scenario scene(500_MiB, certain(400_MiB));
  scene.step({{1, 1, kRunning, 200_MiB, 1s}, {2, 2, kFrozen, 200_MiB}});
  scene.ended(1, 200_MiB);
  const Decision decision = scene.step({{2, 2, kFrozen, 200_MiB}}, 10ms);
  EXPECT_EQ(told(decision), "thaw 2");
  EXPECT_EQ(why<Thaw>(decision).cause, Cause::oldest_family);
}

TEST(Thaw, OldestFrozenComesFirstAndNothingNewBeforeIt) {
  Scenario scene(700_MiB, certain(200_MiB));
  const std::vector<Given> jobs{
      {1, 1, kRunning, 200_MiB, 1s}, {2, 2, kFrozen, 100_MiB}, {3, 3, kFrozen, 100_MiB}, {.id = 4, .family = 4}};
  EXPECT_EQ(told(scene.step(jobs)), "hold 4");
  std::vector<Given> later = jobs;
  later[0].cpu = 2s;
  EXPECT_EQ(told(scene.step(later, 400ms)), "thaw 2, thaw 3");
}

TEST(Thaw, FamilyStaysFrozenForALeastTimeEvenWhenThereIsRoom) {
  Scenario scene(10_GiB);
  const std::vector<Given> jobs{{1, 1, kRunning, 200_MiB, 1s}, {2, 2, kFrozen, 100_MiB}};
  EXPECT_EQ(told(scene.step(jobs)), "");
  EXPECT_EQ(told(scene.step(jobs, 50ms)), "");
  EXPECT_EQ(told(scene.step(jobs, 50ms)), "thaw 2");
}

TEST(Thaw, NothingNewStartsBesideAFrozenFamily) {
  Scenario scene(10_GiB);
  const Decision decision =
      scene.step({{1, 1, kRunning, 200_MiB, 1s}, {2, 2, kFrozen, 100_MiB}, {.id = 3, .family = 3}});
  EXPECT_EQ(told(decision), "hold 3");
  EXPECT_EQ(why<Hold>(decision).cause, Cause::beside_frozen);
}

TEST(Stall, FrozenFamilyIsThawedWhenNothingThatRunsUsesCpu) {
  Scenario scene(500_MiB, certain(400_MiB));
  // There is room for the 100 MiB that the frozen one needs only if the oldest, done with its memory, gets no more.
  const std::vector<Given> jobs{{1, 1, kRunning, 90_MiB, 1s, 0, 90_MiB}, {2, 2, kFrozen, 300_MiB}};
  std::string seen;
  Duration when{};
  for (Duration t = 0s; seen.empty() && t < 10s; t += 100ms) {
    seen = told(scene.step(jobs));
    when = t;
  }
  EXPECT_EQ(seen, "thaw 2");
  EXPECT_LE(when, 1100ms);
}

TEST(Stall, WithoutRoomTheWaitIsLongerButEnds) {
  Scenario scene(500_MiB, certain(400_MiB));
  const std::vector<Given> jobs{{1, 1, kRunning, 250_MiB, 1s}, {2, 2, kFrozen, 240_MiB}};
  Decision decision;
  Duration t{};
  for (; told(decision).empty() && t < 60s; t += 100ms) decision = scene.step(jobs);
  EXPECT_EQ(told(decision), "thaw 2");
  EXPECT_EQ(why<Thaw>(decision).cause, Cause::stalled);
  EXPECT_GE(t, Settings{}.stall_without_room);
  EXPECT_LE(t, Settings{}.stall_without_room + 1s);
}

TEST(Stall, HeldJobIsAdmittedWhenNothingElseCanBeWaitedFor) {
  Scenario scene(500_MiB, certain(400_MiB));
  std::string seen;
  for (Duration t = 0s; t < 60s && seen.find("admit 2") == std::string::npos; t += 100ms) {
    seen += told(scene.step({{1, 1, kRunning, 300_MiB, 1s}, {.id = 2, .family = 2}}));
  }
  EXPECT_EQ(seen, "hold 2admit 2");
}

TEST(Stall, JobsThatWorkAreNoStall) {
  Scenario scene(500_MiB, certain(400_MiB));
  for (int i = 1; i < 1000; ++i) {
    const Duration cpu = i * 20ms;
    EXPECT_EQ(told(scene.step({{1, 1, kRunning, 300_MiB, cpu}, {2, 2, kFrozen, 150_MiB}})), "");
  }
}

TEST(Stall, WhatWasLetGoIsNotStoppedAgainBeforeTheOldestMoves) {
  Scenario scene(500_MiB, certain(400_MiB));
  Given oldest{1, 1, kRunning, 250_MiB, 1s};
  Given other{2, 2, kFrozen, 100_MiB};
  while (told(scene.step({oldest, other})).empty()) continue;
  other.state = kRunning;
  for (int i = 0; i < 4; ++i) {
    other.memory += 20_MiB;
    other.cpu += 90ms;
    EXPECT_EQ(told(scene.step({oldest, other})), "") << i;
  }
  oldest.cpu += 90ms;
  other.memory += 20_MiB;
  EXPECT_EQ(told(scene.step({oldest, other})), "freeze 2");
}

TEST(Actions, CountAsDoneWhileTheyAreUnderWayAndComeAgainWhenTheyFailed) {
  Scenario scene(10_GiB);
  const std::vector<Given> jobs{{.id = 1, .family = 1}};
  EXPECT_EQ(told(scene.step(jobs)), "admit 1");
  EXPECT_EQ(told(scene.step(jobs)), "");
  EXPECT_EQ(told(scene.step(jobs, 500ms)), "admit 1");
}

TEST(Actions, ReasonsReadWell) {
  Reason reason{.cause = Cause::no_room,
                .limit = 3584_MiB,
                .used = 2252_MiB,
                .kept_for_text = {},
                .reserved = 3174_MiB,
                .need = 700_MiB,
                .running = 4,
                .frozen = 0,
                .held = 2};
  EXPECT_EQ(to_text(reason),
            "no room: 2.2 GiB used, 3.1 GiB reserved and 700 MiB needed, of 3.5 GiB; 4 run, 0 frozen, 2 held");
  reason.kept_for_text = 105_MiB;
  reason.need = {};
  EXPECT_EQ(
      to_text(reason),
      "no room: 2.1 GiB used and 105 MiB kept for programs, 3.1 GiB reserved, of 3.5 GiB; 4 run, 0 frozen, 2 held");
}

TEST(Actions, LearnedPeaksOutliveARestart) {
  Scenario fresh(1_GiB);
  Scenario restarted(1_GiB);
  for (int i = 0; i < 20; ++i) restarted.governor.learn(ClassId{0}, std::nullopt, 60_MiB);
  std::vector<Given> jobs;
  for (std::uint32_t i = 0; i < 8; ++i) jobs.push_back({.id = i, .family = i});
  EXPECT_NE(told(fresh.step(jobs)).find("hold"), std::string::npos);
  EXPECT_EQ(told(restarted.step(jobs)).find("hold"), std::string::npos);
}

// Those of evicted links made each supervisor after a `kill -9` expect too little, and start them all again.
TEST(Actions, PeaksAtWhichJobsWereKilledTeachNoSmallerNeed) {
  Scenario fresh(1_GiB);
  Scenario restarted(1_GiB);
  for (int i = 0; i < 20; ++i) restarted.governor.learn(ClassId{0}, std::nullopt, 60_MiB, /*completed=*/false);
  std::vector<Given> jobs;
  for (std::uint32_t i = 0; i < 8; ++i) jobs.push_back({.id = i, .family = i});
  EXPECT_EQ(told(restarted.step(jobs)), told(fresh.step(jobs)));
}

// The second build of examples/heavy: 106, 81 and 115 MiB in 293.
TEST(Admission, OfThreeThatAreKnownAllIsReserved) {
  Settings settings = certain(100_MiB);
  settings.alpha_start = settings.alpha_least = 0.6;
  const auto known = [](std::uint32_t id, Bytes peak) {
    Given job{id, id};
    job.predicted = peak;
    job.predicted_by = PredictedBy::history;
    job.restartable = true;
    return job;
  };
  const std::vector<Given> jobs{known(1, 106_MiB), known(2, 81_MiB), known(3, 115_MiB)};
  Scenario scene(293_MiB, settings);
  EXPECT_EQ(told(scene.step(jobs)), "admit 1, admit 2, hold 3");
  settings.few_in_full = 2;
  Scenario fewer(293_MiB, settings);
  EXPECT_EQ(told(fewer.step(jobs)), "admit 1, admit 2, admit 3");
}

}  // namespace
}  // namespace memguard::policy::testing
