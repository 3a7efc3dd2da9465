// A table as a dead supervisor left it, and a stopper that knows what is really stopped.
#include "supervisor/takeover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class KnowingStopper final : public Stopper {
 public:
  HoldOutcome hold(const ExecFacts&, std::uint64_t, int) override { return HoldOutcome::gone; }
  HoldOutcome look_again(const ExecFacts&, int) override { return HoldOutcome::gone; }
  Status place(const StopTarget&) override { return {}; }
  Status freeze(const StopTarget&) override { return {}; }
  Status thaw(const StopTarget& target) override {
    thawed.push_back(target.leaf);
    return {};
  }
  bool is_stopped(const StopTarget& target) override { return stopped.contains(target.leaf); }
  void clear_leaves(const std::set<int>& stopped_ones, const std::set<int>& used_ones) override {
    kept = stopped_ones;
    used = used_ones;
  }
  void vacate(int) override {}

  std::set<int> stopped;
  std::set<int> kept;
  std::set<int> used;
  std::vector<int> thawed;
};

class TakeOver : public testing::Test {
 protected:
  JobRecord& leave(const WaitingChild& child, JobPhase phase, int leaf) {
    ExecFacts facts{};
    facts.process = child.identity();
    JobRecord& record = *before_.add(facts, before_.new_family(), at(1s))->record;
    record.phase = phase;
    record.leaf = leaf;
    record.stopped_at = at(2s);
    record.was_held = phase == JobPhase::held;
    record.was_frozen = phase == JobPhase::frozen;
    record.hold_done = true;
    return record;
  }
  std::vector<JobRecord*> take_over() { return supervisor::take_over(jobs_, area_, stopper_, -1, at(5s)); }
  static Instant at(Duration since) { return Instant{since}; }

  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs before_{area_};
  LiveJobs jobs_{area_};
  KnowingStopper stopper_;
  WaitingChild first_;
  WaitingChild second_;
};

TEST_F(TakeOver, WhatIsStoppedStaysSo) {
  const JobRecord& held = leave(first_, JobPhase::held, 3);
  const JobRecord& frozen = leave(second_, JobPhase::frozen, 7);
  stopper_.stopped = {3, 7};
  take_over();
  EXPECT_EQ(held.phase, JobPhase::held);
  EXPECT_EQ(frozen.phase, JobPhase::frozen);
  EXPECT_EQ(stopper_.kept, (std::set{3, 7}));
  EXPECT_EQ(stopper_.used, (std::set{3, 7}));
  EXPECT_THAT(stopper_.thawed, ElementsAre());
}

TEST_F(TakeOver, AFreezeThatDidNotHappenIsGivenUp) {
  const JobRecord& frozen = leave(first_, JobPhase::frozen, 7);
  take_over();
  EXPECT_EQ(frozen.phase, JobPhase::running);
  EXPECT_EQ(frozen.frozen, 3s);
  EXPECT_THAT(stopper_.thawed, ElementsAre(7));
}

TEST_F(TakeOver, AThawThatDidNotHappenIsMadeUpFor) {
  JobRecord& running = leave(first_, JobPhase::running, 7);
  running.was_frozen = true;
  stopper_.stopped = {7};
  take_over();
  EXPECT_EQ(running.phase, JobPhase::running);
  EXPECT_THAT(stopper_.thawed, ElementsAre(7));
  EXPECT_TRUE(stopper_.kept.empty());
}

TEST_F(TakeOver, WhatDiedMeanwhileIsTold) {
  JobRecord& evicted = leave(first_, JobPhase::running, 2);
  evicted.evicted = true;
  leave(second_, JobPhase::running, 3);
  first_.end();
  EXPECT_THAT(take_over(), ElementsAre(&evicted));
  EXPECT_EQ(evicted.outcome, report::Outcome::evicted);
}

TEST_F(TakeOver, AHoldThatWasUnderWayIsLetGo) {
  JobRecord& held = leave(first_, JobPhase::held, 3);
  held.hold_done = false;
  stopper_.stopped = {3};
  take_over();
  EXPECT_EQ(held.phase, JobPhase::running);
  EXPECT_THAT(stopper_.thawed, ElementsAre(3));
}

// A leaf that no job's record names is cleared: what is in it would be stopped with the next job there.
TEST_F(TakeOver, TheLeafOfAJobThatRunsStaysItsOwn) {
  leave(first_, JobPhase::running, 4);
  take_over();
  EXPECT_TRUE(stopper_.kept.empty());
  EXPECT_EQ(stopper_.used, (std::set{4}));
}

TEST_F(TakeOver, AJobThatNobodyStoppedRunsOn) {
  const JobRecord& running = leave(first_, JobPhase::running, -1);
  take_over();
  EXPECT_EQ(running.phase, JobPhase::running);
  EXPECT_TRUE(jobs_.all().front().started());
  EXPECT_THAT(stopper_.thawed, ElementsAre());
}

TEST_F(TakeOver, AnExecThatNobodyAnsweredAndThatIsOverFreesItsSlot) {
  const JobRecord& waiting = leave(first_, JobPhase::waiting, -1);
  GateSlot& slot = area_.slots.front();
  slot.state = SlotState::taken;
  slot.facts.process = first_.identity();
  take_over();
  EXPECT_EQ(slot.state.load(), SlotState::empty);
  EXPECT_EQ(waiting.phase, JobPhase::running);
}

TEST_F(TakeOver, AnExecThatNobodyHasSeenIsLeftForTheLoop) {
  GateSlot& slot = area_.slots.front();
  slot.state = SlotState::asked;
  take_over();
  EXPECT_EQ(slot.state.load(), SlotState::asked);
}

}  // namespace
}  // namespace memguard::supervisor
