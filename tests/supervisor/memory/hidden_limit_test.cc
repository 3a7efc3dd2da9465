// What is learnt of a limit that nobody can read, from what it does to a build.
#include "supervisor/memory/hidden_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

class Hidden : public testing::Test {
 protected:
  HiddenLimit::Machine machine() {
    return {[this] { return around_; }, [this]() -> Result<std::uint64_t> { return direct_reclaims_; }};
  }
  /// Time passes, and what the build uses is seen.
  bool look(Duration later, Bytes used) {
    seen_.at += later;
    seen_.used = used;
    return hidden_.look(seen_);
  }
  /// So long a time in which the build stood still for memory for a part of it.
  bool stand(Duration time, double part, Bytes used) {
    seen_.stalled = *seen_.stalled + std::chrono::duration_cast<Duration>(part * time);
    return look(time, used);
  }
  void above(Bytes limit, Bytes available, Bytes used) {
    around_->above.push_back({.limit = limit, .available = available, .path = "/sys/fs/cgroup/ci", .used = used});
  }

  SharedArea& area_ = *SharedArea::create().value();
  Result<MemoryAround> around_ =
      MemoryAround{.machine = {.total = 16_GiB, .available = 12_GiB, .swap_total = {}, .swap_free = {}}, .above = {}};
  std::uint64_t direct_reclaims_ = 0;
  HiddenLimit::Seen seen_{.events = cgroup::MemoryEvents{}, .stalled = Duration{}};
  HiddenLimit hidden_{area_, machine()};
};

TEST_F(Hidden, NothingIsLearntWhereNothingHappens) {
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(look(100ms, 300_MiB));
  EXPECT_TRUE(hidden_.limit().is_unlimited());
  EXPECT_THAT(hidden_limit_text(area_), IsEmpty());
}

TEST_F(Hidden, AKillNotAtOurLimitTeachesWhatWasUsedBeforeIt) {
  look(100ms, 250_MiB);
  look(100ms, 290_MiB);
  seen_.events->oom_kill = 1;
  EXPECT_TRUE(look(100ms, 200_MiB));
  EXPECT_EQ(hidden_.limit(), 290_MiB);
  EXPECT_EQ(hidden_limit_text(area_),
            "a limit above this build that cannot be seen from here ended a process of it when 290 MiB were used; from "
            "then on the build was kept below 290 MiB. --memory 290MiB keeps the next one there from its start.");
}

TEST_F(Hidden, WhatWasUsedLongBeforeTheKillDoesNotCount) {
  look(100ms, 900_MiB);
  look(5s, 280_MiB);
  seen_.events->oom_kill = 1;
  look(100ms, 200_MiB);
  EXPECT_EQ(hidden_.limit(), 280_MiB);
}

// The kernel counts the hit first, and a look may come between the two.
TEST_F(Hidden, AKillAtOurLimitTeachesNothing) {
  look(100ms, 290_MiB);
  seen_.events->oom = 1;
  EXPECT_FALSE(look(100ms, 290_MiB));
  seen_.events->oom_kill = 1;
  EXPECT_FALSE(look(100ms, 200_MiB));
  EXPECT_TRUE(hidden_.limit().is_unlimited());
}

TEST_F(Hidden, AKillOnAMachineThatHadNoneLeftTeachesNothing) {
  look(100ms, 10_GiB);
  seen_.events->oom_kill = 1;
  // What is available now is what the victim had.
  around_->machine.available = 4_GiB + 100_MiB;
  EXPECT_FALSE(look(100ms, 6_GiB));
  EXPECT_TRUE(hidden_.limit().is_unlimited());
}

TEST_F(Hidden, AKillAtALimitThatIsSeenTeachesNothing) {
  look(100ms, 290_MiB);
  seen_.events->oom_kill = 1;
  above(400_MiB, 95_MiB, 305_MiB);
  EXPECT_FALSE(look(100ms, 200_MiB));
  EXPECT_TRUE(hidden_.limit().is_unlimited());
}

TEST_F(Hidden, NothingLearntIsTooSmallForABuild) {
  look(100ms, 5_MiB);
  seen_.events->oom_kill = 1;
  look(100ms, 1_MiB);
  EXPECT_EQ(hidden_.limit(), 32_MiB);
}

TEST_F(Hidden, ASecondKillLowersIt) {
  look(100ms, 300_MiB);
  seen_.events->oom_kill = 1;
  look(100ms, 200_MiB);
  look(100ms, 310_MiB);
  seen_.events->oom_kill = 3;
  EXPECT_TRUE(look(100ms, 200_MiB));
  EXPECT_EQ(hidden_.limit(), 285_MiB);
  EXPECT_THAT(hidden_limit_text(area_), HasSubstr("ended 3 processes of it when 300 MiB were used"));
}

TEST_F(Hidden, WhatWasHadInPeaceMayBeHadAgain) {
  look(100ms, 200_MiB);
  seen_.events->oom_kill = 1;
  look(100ms, 150_MiB);
  ASSERT_EQ(hidden_.limit(), 200_MiB);
  for (int i = 0; i < 50; ++i) look(100ms, 260_MiB + Bytes{i});
  EXPECT_GE(hidden_.limit(), 260_MiB);
  EXPECT_LT(hidden_.limit(), 261_MiB);
}

TEST_F(Hidden, IsKeptForTheNextSupervisorWhichCountsNoKillTwice) {
  look(100ms, 290_MiB);
  seen_.events->oom_kill = 1;
  look(100ms, 200_MiB);
  HiddenLimit next(area_, machine());
  EXPECT_EQ(next.limit(), 290_MiB);
  EXPECT_FALSE(next.look(seen_));
  EXPECT_EQ(next.limit(), 290_MiB);
}

// What was killed while no supervisor lived: what was used then is no longer known, but the most that ever was is.
TEST_F(Hidden, TheNextSupervisorLearnsFromAKillBeforeIt) {
  look(100ms, 290_MiB);
  area_.peak = 290_MiB;
  HiddenLimit next(area_, machine());
  seen_.events->oom_kill = 1;
  seen_.used = 200_MiB;
  EXPECT_TRUE(next.look(seen_));
  EXPECT_EQ(next.limit(), 290_MiB);
}

TEST_F(Hidden, WithoutAControllerADeathOfAJobTellsOfTheKill) {
  seen_.events.reset();
  look(100ms, 290_MiB);
  ++area_.outside_kills;
  EXPECT_TRUE(look(100ms, 200_MiB));
  EXPECT_EQ(hidden_.limit(), 290_MiB);
  EXPECT_FALSE(look(100ms, 200_MiB));
}

TEST_F(Hidden, WithoutAControllerAKillOfAnotherContainerTeachesNothing) {
  seen_.events.reset();
  look(100ms, 290_MiB);
  EXPECT_FALSE(look(100ms, 200_MiB));
  EXPECT_TRUE(hidden_.limit().is_unlimited());
}

TEST_F(Hidden, ABuildThatStandsForNobodysLimitIsThrottledByOneThatIsNotSeen) {
  look(100ms, 310_MiB);
  EXPECT_TRUE(stand(2s, 0.7, 310_MiB));
  EXPECT_EQ(hidden_.limit(), 279_MiB);
  EXPECT_THAT(hidden_limit_text(area_), HasSubstr("slowed the build down until it stood when 310 MiB were used"));
}

TEST_F(Hidden, AboveAThrottlingLimitThereIsNoPeace) {
  look(100ms, 310_MiB);
  stand(2s, 0.7, 310_MiB);
  for (int i = 0; i < 50; ++i) look(100ms, 310_MiB);
  EXPECT_EQ(hidden_.limit(), 279_MiB);
}

TEST_F(Hidden, ShortStallsTeachNothing) {
  look(100ms, 310_MiB);
  EXPECT_FALSE(stand(2s, 0.3, 310_MiB));
}

TEST_F(Hidden, StallsAtOurOwnTripWireOrLimitTeachNothing) {
  look(100ms, 310_MiB);
  ++seen_.events->high;
  EXPECT_FALSE(stand(2s, 0.7, 310_MiB));
  ++seen_.events->max;
  EXPECT_FALSE(stand(2s, 0.7, 310_MiB));
}

TEST_F(Hidden, StallsOnAMachineThatReclaimsTeachNothing) {
  look(100ms, 310_MiB);
  direct_reclaims_ = 1;
  EXPECT_FALSE(stand(2s, 0.7, 310_MiB));
}

TEST_F(Hidden, StallsAtALimitThatIsSeenTeachNothingAlsoWhenItIsFullOfPageCache) {
  above(400_MiB, 300_MiB, 399_MiB);
  look(100ms, 310_MiB);
  EXPECT_FALSE(stand(2s, 0.7, 310_MiB));
}

// A cold disk, whose pages somebody reclaimed long ago.
TEST_F(Hidden, StallsForPagesThatComeBackTeachNothing) {
  look(100ms, 310_MiB);
  seen_.refaults += 5000;
  EXPECT_FALSE(stand(2s, 0.7, 310_MiB));
  // But for some that are reclaimed from the build all the time.
  seen_.refaults += 5000;
  seen_.direct_scans += 100;
  EXPECT_TRUE(stand(2s, 0.7, 310_MiB));
}

}  // namespace
}  // namespace memguard::supervisor
