// A table as a dead supervisor left it, and a stopper that knows what is really stopped.
#include "supervisor/takeover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "waiting_child.h"
#include "waiting_exec.h"

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
  JobRecord& leave(const WaitingChild& child, JobPhase phase, int leaf) { return leave(child.identity(), phase, leaf); }
  JobRecord& leave(const proc::Identity& process, JobPhase phase, int leaf) {
    ExecFacts facts{};
    facts.process = process;
    JobRecord& record = *before_.add(facts, before_.new_family(), at(1s))->record;
    record.phase = phase;
    record.leaf = leaf;
    record.stopped_at = at(2s);
    record.was_held = phase == JobPhase::held;
    record.was_frozen = phase == JobPhase::frozen;
    record.hold_done = true;
    return record;
  }
  std::vector<JobRecord*> take_over(int listener = -1) {
    return supervisor::take_over(jobs_, area_, stopper_, listener, at(5s));
  }
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

TEST_F(TakeOver, TellsWhatEndedInTheOrderOfItsArrival) {
  const JobRecord& first = leave(first_, JobPhase::frozen, 2);
  const JobRecord& second = leave(second_, JobPhase::held, 3);
  first_.end();
  second_.end();
  EXPECT_THAT(take_over(), ElementsAre(&first, &second));
  EXPECT_EQ(first.frozen, 3s) << "until somebody looked";
  EXPECT_EQ(second.held, 3s);
  EXPECT_TRUE(stopper_.used.empty());
}

TEST_F(TakeOver, NobodyIsThawedWhoWasNeverStopped) {
  leave(first_, JobPhase::running, 4);
  take_over();
  EXPECT_THAT(stopper_.thawed, ElementsAre());
}

// A notification of the kernel that nobody has answered.
class TakeOverOfAnExec : public TakeOver {
 protected:
  void SetUp() override {
    if (!GatedChild::possible()) GTEST_SKIP() << "SKIP: needs seccomp notification (Linux 5.5)";
    exec_.receive_into(slot_);
    slot_.state = SlotState::taken;
  }

  WaitingExec exec_;
  GateSlot& slot_ = area_.slots.front();
};

TEST_F(TakeOverOfAnExec, ThatStillWaitsIsDecidedAnew) {
  const JobRecord& waiting = leave(exec_.identity(), JobPhase::waiting, -1);
  take_over(exec_.listener());
  EXPECT_EQ(slot_.state, SlotState::taken);
  EXPECT_EQ(waiting.phase, JobPhase::waiting);
  const LiveJob& job = jobs_.all().front();
  EXPECT_EQ(job.slot, &slot_);
  EXPECT_EQ(job.old_stack, slot_.facts.old_stack);
  EXPECT_FALSE(job.started());
}

TEST_F(TakeOverOfAnExec, ThatWasToBeHeldWaitsAgainInNoLeaf) {
  JobRecord& held = leave(exec_.identity(), JobPhase::held, 3);
  held.hold_done = false;
  take_over(exec_.listener());
  EXPECT_EQ(held.phase, JobPhase::waiting);
  EXPECT_EQ(held.held, 3s);
  EXPECT_EQ(held.leaf, -1);
  EXPECT_FALSE(stopper_.used.contains(3)) << "it is cleared for the next job";
}

TEST_F(TakeOverOfAnExec, ThatIsInNoTableYetIsAskedAgain) {
  take_over(exec_.listener());
  EXPECT_EQ(slot_.state, SlotState::asked);
  EXPECT_TRUE(jobs_.all().empty());
}

TEST_F(TakeOverOfAnExec, WhoseProcessDiedFreesItsSlot) {
  const JobRecord& waiting = leave(exec_.identity(), JobPhase::waiting, -1);
  exec_.end();
  EXPECT_THAT(take_over(exec_.listener()), ElementsAre(&waiting));
  EXPECT_EQ(slot_.state, SlotState::empty);
}

TEST_F(TakeOverOfAnExec, IsNotThatOfAnotherJob) {
  leave(first_, JobPhase::waiting, -1);
  take_over(exec_.listener());
  EXPECT_EQ(slot_.state, SlotState::asked);
  EXPECT_EQ(jobs_.all().front().slot, nullptr);
}

// What the jobs of an earlier supervisor teach.
class LearnedBefore : public testing::Test {
 protected:
  JobRecord& add(report::Outcome outcome, Bytes peak) {
    JobRecord& job = *area_.add_job();
    job.phase = JobPhase::ended;
    job.outcome = outcome;
    job.peak = peak;
    job.measured_at = job.end = Instant(10s);
    return job;
  }
  std::vector<record::Learned> learned() {
    return learned_before(area_, Predictor(config_, remembered_, Bytes{1 << 30}));
  }
  std::vector<std::int64_t> peaks() {
    std::vector<std::int64_t> peaks;
    for (const auto& one : learned()) peaks.push_back(one.peak.count);
    return peaks;
  }

  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 13U).value();
  config::Config config_;
  const history::Remembered remembered_{};
};

TEST_F(LearnedBefore, IsNothingInANewBuild) { EXPECT_TRUE(learned().empty()); }

TEST_F(LearnedBefore, IsWhatEndedInTheOrderOfItsArrival) {
  add(report::Outcome::done, Bytes{30});
  add(report::Outcome::done, Bytes{10}).policy_class = 7;
  add(report::Outcome::done, Bytes{20});
  EXPECT_THAT(peaks(), ElementsAre(30, 10, 20));
  EXPECT_EQ(learned()[1].job_class, policy::ClassId{7});
  EXPECT_TRUE(learned()[1].completed);
}

TEST_F(LearnedBefore, IsOfAKilledJobWhatItNeedsAtLeast) {
  add(report::Outcome::evicted, Bytes{30});
  ASSERT_EQ(learned().size(), 1U);
  EXPECT_FALSE(learned()[0].completed);
  EXPECT_EQ(learned()[0].peak, Bytes{30});
}

TEST_F(LearnedBefore, IsNothingOfWhatLivesOrNeverRanOrWasNotSeen) {
  add(report::Outcome::running, Bytes{30}).phase = JobPhase::running;
  add(report::Outcome::done, Bytes{30}).never_ran = true;
  add(report::Outcome::done, Bytes{});
  add(report::Outcome::done, Bytes{30}).end = Instant(100s);
  EXPECT_TRUE(learned().empty());
}

TEST_F(LearnedBefore, IsOfAFoundJobWhatItHasGrownTo) {
  JobRecord& job = add(report::Outcome::done, Bytes{30});
  job.job_class = config::kOther;
  job.end = Instant(20s);
  EXPECT_THAT(peaks(), ElementsAre(60));
}

TEST_F(LearnedBefore, HasWhatWasPredicted) {
  config::Rule rule;
  rule.memory = config::Size{.fraction = 0.5, .bytes = {}};
  config_.rules = {rule};
  add(report::Outcome::done, Bytes{30});
  ASSERT_EQ(learned().size(), 1U);
  EXPECT_EQ(learned()[0].predicted, (policy::Prediction{Bytes{1 << 29}, policy::PredictedBy::user}));
}

// More would take longer to read than the front waits for a heartbeat.
TEST_F(LearnedBefore, IsThatOfTheLastJobs) {
  constexpr std::int64_t kMost = 4096;
  for (std::int64_t i = 1; i <= kMost + 5; ++i) add(report::Outcome::done, Bytes{i});
  const auto all = peaks();
  ASSERT_EQ(all.size(), std::size_t{kMost});
  EXPECT_EQ(all.front(), 6);
  EXPECT_EQ(all.back(), kMost + 5);
}

}  // namespace
}  // namespace memguard::supervisor
