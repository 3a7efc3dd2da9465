// What the kernel counts against what jobs explain, in cgroups that the test holds.
#include "supervisor/restart/kill_ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fake_cgroup_dir.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    home_.tier = cgroup::Tier::full;
    home_.build = cgroup::Group(tree_.open());
    EXPECT_TRUE(home_.build->enable_controller("memory"));
    home_.main = home_.build->make("main").value();
    EXPECT_TRUE(home_.build->make("job-0"));
    killed_in("main", 0);
    killed_in("job-0", 0);
    ledger_.look(Instant{});
  }
  void killed_in(const std::string& group, int kills) {
    tree_.set_text(group, "memory.events", fmt::format("low 0\nhigh 0\nmax 0\noom 0\noom_kill {}\n", kills));
  }
  report::Killer claim(std::vector<int> leaves, Instant now) { return ledger_.claim(leaves, now); }

  cgroup::FakeTree tree_;
  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
  KillLedger ledger_{home_, area_};
};

TEST_F(LedgerTest, WhatAJobExplainsIsOfNobodyElse) {
  killed_in("main", 1);
  EXPECT_EQ(claim({}, Instant(1s)), report::Killer::outside);
  ledger_.close();
  EXPECT_EQ(area_.kills_unexplained, 0U);
}

TEST_F(LedgerTest, WhatNoJobExplainsIsCountedAtTheEnd) {
  killed_in("main", 3);
  EXPECT_EQ(claim({}, Instant(1s)), report::Killer::outside);
  ledger_.close();
  EXPECT_EQ(area_.kills_unexplained, 2U);
  ledger_.close();
  EXPECT_EQ(area_.kills_unexplained, 2U);
}

TEST_F(LedgerTest, AndAfterItsTime) {
  killed_in("main", 2);
  ledger_.look(Instant(1s));
  EXPECT_EQ(area_.kills_unexplained, 0U);
  ledger_.look(Instant(12s));
  EXPECT_EQ(area_.kills_unexplained, 2U);
  // A job that dies later was not one of them.
  EXPECT_EQ(claim({}, Instant(13s)), report::Killer::none);
}

TEST_F(LedgerTest, InALeafThereAreOnlyJobs) {
  killed_in("job-0", 2);
  EXPECT_EQ(claim({0}, Instant(1s)), report::Killer::outside);
  killed_in("job-0", 5);
  ledger_.close();
  EXPECT_EQ(area_.kills_unexplained, 0U);
}

TEST_F(LedgerTest, WhereNoSupervisorEverLookedTheBuildsKillsCount) {
  SharedArea& other = *SharedArea::create().value();
  killed_in("main", 1);
  KillLedger(home_, other).close();
  EXPECT_EQ(other.kills_unexplained, 1U);
}

TEST_F(LedgerTest, WhatTheMachineHadKilledBeforeIsNot) {
  SharedArea& other = *SharedArea::create().value();
  const cgroup::Home none;
  KillLedger(none, other).close();
  EXPECT_EQ(other.kills_unexplained, 0U);
}

}  // namespace
}  // namespace memguard::supervisor
