// Stops with a stopper that only writes down what it is asked.

#include "supervisor/stop/stops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class RecordingStopper final : public Stopper {
 public:
  HoldOutcome hold(const ExecFacts& /*job*/, std::uint64_t notification, int leaf) override {
    log.push_back(fmt::format("hold {} in {}", notification, leaf));
    return outcome;
  }
  HoldOutcome look_again(const ExecFacts& /*job*/, int leaf) override {
    log.push_back(fmt::format("look again in {}", leaf));
    return --slow > 0 ? HoldOutcome::under_way : HoldOutcome::held;
  }
  Status place(const StopTarget& target) override {
    log.push_back(fmt::format("place {}", target.leaf));
    return {};
  }
  Status freeze(const StopTarget& target) override {
    log.push_back(fmt::format("freeze {}", target.leaf));
    frozen = target.processes;
    return {};
  }
  Status thaw(const StopTarget& target) override {
    log.push_back(fmt::format("thaw {}", target.leaf));
    return {};
  }
  bool is_stopped(const StopTarget& /*target*/) override { return false; }
  void clear_leaves(const std::set<int>& /*stopped*/, const std::set<int>& /*used*/) override {}
  void vacate(int leaf) override { log.push_back(fmt::format("vacate {}", leaf)); }

  std::vector<std::string> log;
  std::vector<proc::Identity> frozen;
  HoldOutcome outcome = HoldOutcome::held;
  // How often the exec of a hold is still under way.
  int slow = 0;
};

class StopsOf : public testing::Test {
 protected:
  LiveJob& add(const WaitingChild& child, GateSlot* slot, std::optional<policy::FamilyId> family = {}) {
    ExecFacts facts{};
    facts.process = child.identity();
    LiveJob* job = jobs_.add(facts, family.value_or(jobs_.new_family()), Instant{});
    job->slot = slot;
    if (slot != nullptr) slot->state = SlotState::taken;
    return *job;
  }
  Stops make(bool wait_killable = true) {
    return Stops({-1, wait_killable}, true, jobs_, stopper_, *worker_, proc::all_processes,
                 [this](policy::JobId, HoldOutcome outcome) { outcomes_.push_back(outcome); });
  }
  // Waits until the stopper has been asked `calls` times and the completions ran.
  void settle(std::size_t calls) {
    while (done_ < calls) {
      // Counted by the worker: what came before has its completion before this one.
      worker_->post([this]() -> Worker::Completion { return [this, done = stopper_.log.size()] { done_ = done; }; });
      worker_->run_completions();
    }
  }

  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  RecordingStopper stopper_;
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  std::vector<HoldOutcome> outcomes_;
  std::size_t done_ = 0;
  WaitingChild first_;
  WaitingChild second_;
};

TEST_F(StopsOf, AnAdmittedJobIsAnsweredAtOnceAndNotMoved) {
  Stops stops = make();
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.admit(job, Instant(1s));
  EXPECT_EQ(area_.slots[0].state, SlotState::empty);
  EXPECT_EQ(job.record->phase, JobPhase::running);
  EXPECT_EQ(job.record->leaf, -1);
  EXPECT_TRUE(stopper_.log.empty());
}

// A cold disk: taken for a failed exec, a rustc ran outside of any policy.
TEST_F(StopsOf, AHoldWhoseExecTakesLongIsLookedAtAgain) {
  Stops stops = make();
  stopper_.outcome = HoldOutcome::under_way;
  stopper_.slow = 2;
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  while (outcomes_.empty()) worker_->run_completions();
  EXPECT_THAT(stopper_.log, ElementsAre("hold 0 in 0", "look again in 0", "look again in 0"));
  EXPECT_THAT(outcomes_, ElementsAre(HoldOutcome::held));
}

TEST_F(StopsOf, AHoldThatIsGivenUpMeanwhileIsNotLookedAtAgain) {
  Stops stops = make();
  stopper_.outcome = HoldOutcome::under_way;
  stopper_.slow = 1'000'000;
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  stops.admit(job, Instant(2s));
  settle(2);
  EXPECT_THAT(stopper_.log, ElementsAre("hold 0 in 0", "thaw 0"));
  EXPECT_THAT(outcomes_, ElementsAre());
}

TEST_F(StopsOf, AHeldJobGetsALeafAndItsSlotIsFreeAfterwards) {
  Stops stops = make();
  area_.slots[0].notification.notification.id = 77;
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  settle(1);
  EXPECT_THAT(stopper_.log, ElementsAre("hold 77 in 0"));
  EXPECT_THAT(outcomes_, ElementsAre(HoldOutcome::held));
  EXPECT_EQ(area_.slots[0].state, SlotState::empty);
  stops.admit(job, Instant(4s));
  settle(2);
  EXPECT_THAT(stopper_.log, ElementsAre("hold 77 in 0", "thaw 0"));
  EXPECT_EQ(job.record->held, 3s);
}

TEST_F(StopsOf, EachRunningJobIsPlacedOnceAndKeepsItsLeafWhenItIsFrozen) {
  Stops stops = make();
  LiveJob& running = add(first_, &area_.slots[0]);
  LiveJob& waiting = add(second_, &area_.slots[1]);
  stops.admit(running, Instant(1s));
  stops.place_running();
  stops.place_running();
  settle(1);
  EXPECT_THAT(stopper_.log, ElementsAre("place 0"));
  EXPECT_EQ(waiting.record->leaf, -1);
  stops.freeze({running.id}, Instant(2s));
  settle(2);
  EXPECT_THAT(stopper_.log, ElementsAre("place 0", "freeze 0"));
}

TEST_F(StopsOf, HoldingTwiceDoesNothingMore) {
  Stops stops = make();
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  stops.hold(job, Instant(2s));
  settle(1);
  EXPECT_EQ(stopper_.log.size(), 1U);
  EXPECT_EQ(job.record->stopped_at, Instant(1s));
}

TEST_F(StopsOf, AJobThatWaitsInNoSlotIsStoppedWhereItIs) {
  Stops stops = make();
  LiveJob& job = add(first_, nullptr);
  stops.hold(job, Instant(1s));
  settle(1);
  EXPECT_EQ(job.record->phase, JobPhase::held);
  EXPECT_TRUE(job.record->hold_done);
  stops.admit(job, Instant(3s));
  settle(2);
  EXPECT_THAT(stopper_.log, ElementsAre("freeze 0", "thaw 0"));
  EXPECT_EQ(job.record->held, 2s);
}

TEST_F(StopsOf, OnAnOldKernelAHeldJobStaysUnanswered) {
  Stops stops = make(/*wait_killable=*/false);
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  EXPECT_EQ(area_.slots[0].state, SlotState::taken);
  stops.admit(job, Instant(2s));
  EXPECT_EQ(area_.slots[0].state, SlotState::empty);
  EXPECT_EQ(job.record->held, 1s);
  EXPECT_TRUE(stopper_.log.empty());
}

TEST_F(StopsOf, JobsFreezeEachInItsLeafAndThaw) {
  Stops stops = make();
  LiveJob& rustc = add(first_, nullptr);
  LiveJob& link = add(second_, nullptr, rustc.family());
  rustc.record->phase = link.record->phase = JobPhase::running;
  stops.freeze({rustc.id, link.id}, Instant(1s));
  settle(2);
  EXPECT_THAT(stopper_.log, ElementsAre("freeze 0", "freeze 1"));
  EXPECT_EQ(link.record->phase, JobPhase::frozen);
  stops.thaw({rustc.id, link.id}, Instant(3s));
  settle(4);
  EXPECT_EQ(rustc.record->frozen, 2s);
  EXPECT_EQ(link.record->phase, JobPhase::running);
}

TEST_F(StopsOf, OneOfAFamilyFreezesWhileTheOthersGoOn) {
  Stops stops = make();
  LiveJob& above = add(first_, nullptr);
  LiveJob& below = add(second_, nullptr, above.family());
  above.record->phase = below.record->phase = JobPhase::running;
  stops.freeze({below.id}, Instant(1s));
  settle(1);
  EXPECT_EQ(above.record->phase, JobPhase::running);
  EXPECT_EQ(below.record->phase, JobPhase::frozen);
}

// The cgroup of a process is that of its parent, which may be frozen without it.
TEST_F(StopsOf, AJobThatWasBornInALeafGetsItsOwnWhenItStarts) {
  Stops stops = make();
  LiveJob& above = add(first_, nullptr);
  above.record->phase = JobPhase::running;
  stops.freeze({above.id}, Instant(1s));
  stops.thaw({above.id}, Instant(2s));
  settle(2);
  LiveJob& below = add(second_, &area_.slots[0], above.family());
  below.record->above = static_cast<std::int64_t>(above.id);
  stops.admit(below, Instant(3s));
  settle(3);
  EXPECT_EQ(stopper_.log.back(), "place 1");
  EXPECT_EQ(below.record->leaf, 1);
}

TEST_F(StopsOf, AHeldMemberStaysHeldWhenItsFamilyThaws) {
  Stops stops = make();
  LiveJob& rustc = add(first_, nullptr);
  rustc.record->phase = JobPhase::running;
  LiveJob& link = add(second_, &area_.slots[0], rustc.family());
  stops.hold(link, Instant(1s));
  stops.freeze({rustc.id, link.id}, Instant(2s));
  stops.thaw({rustc.id, link.id}, Instant(3s));
  EXPECT_EQ(link.record->phase, JobPhase::held);
  EXPECT_EQ(rustc.record->phase, JobPhase::running);
  settle(3);
}

TEST_F(StopsOf, WhatHasItsOwnJobBelowIsNotFrozenWithTheJobAbove) {
  // This process is the job above; of its two children one is a job of another family.
  Stops stops = make();
  ExecFacts facts{};
  facts.process = {::getpid(), proc::read_stat(::getpid())->start_ticks};
  LiveJob& above = *jobs_.add(facts, jobs_.new_family(), Instant{});
  above.record->phase = JobPhase::running;
  add(first_, nullptr);
  stops.freeze({above.id}, Instant(1s));
  settle(1);
  const auto has = [&](pid_t pid) { return std::ranges::count(stopper_.frozen, pid, &proc::Identity::pid) > 0; };
  EXPECT_TRUE(has(::getpid()));
  EXPECT_TRUE(has(second_.pid()));
  EXPECT_FALSE(has(first_.pid()));
}

TEST_F(StopsOf, AReleasedJobRunsAndIsLeftAlone) {
  Stops stops = make();
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  stops.release(job, Instant(2s));
  settle(2);
  EXPECT_TRUE(job.exempt);
  EXPECT_EQ(job.record->phase, JobPhase::running);
  stops.freeze({job.id}, Instant(3s));
  EXPECT_EQ(job.record->phase, JobPhase::running);
}

TEST_F(StopsOf, ALeafIsUsedAgainOnlyWhenItIsEmptied) {
  Stops stops = make();
  LiveJob& job = add(first_, &area_.slots[0]);
  stops.hold(job, Instant(1s));
  settle(1);
  stops.forget(job);
  jobs_.remove(job.id, report::Outcome::done, Instant(2s));
  settle(2);
  EXPECT_THAT(stopper_.log, ElementsAre("hold 0 in 0", "vacate 0"));
  LiveJob& next = add(second_, &area_.slots[1]);
  stops.hold(next, Instant(3s));
  EXPECT_EQ(next.record->leaf, 0);
  settle(3);
}

// A job whose exec was let go, and which has not become another program since.
class SlowExecOf : public StopsOf {
 protected:
  LiveJob& let_go() {
    LiveJob& job = add(first_, nullptr);
    job.record->phase = JobPhase::running;
    job.exec_seen = {.at = {}, .cpu = {}};
    return job;
  }
  bool fails(Stops& stops, Instant now) {
    stops.drop_failed_execs(now);
    return jobs_.all().empty();
  }
};

TEST_F(SlowExecOf, HasFailedWhenItSleepsInItsOldProgram) {
  Stops stops = make();
  let_go().state = 'S';
  EXPECT_FALSE(fails(stops, Instant(900ms)));
  EXPECT_TRUE(fails(stops, Instant(1100ms)));
  EXPECT_TRUE(area_.jobs()[0].never_ran);
}

TEST_F(SlowExecOf, IsGivenTimeWhileItHasNoProcessor) {
  Stops stops = make();
  LiveJob& job = let_go();
  EXPECT_FALSE(fails(stops, Instant(60s)));
  job.record->cpu = 20ms;
  EXPECT_FALSE(fails(stops, Instant(60s)));
}

TEST_F(SlowExecOf, HasFailedWhenItWorksInItsOldProgram) {
  Stops stops = make();
  let_go().record->cpu = 1s;
  EXPECT_TRUE(fails(stops, Instant(2s)));
}

TEST_F(SlowExecOf, IsNotJudgedByWhatWasSeenOfItWhileItWasFrozen) {
  Stops stops = make();
  LiveJob& job = let_go();
  stops.freeze({job.id}, Instant(100ms));
  job.state = 'S';
  stops.thaw({job.id}, Instant(10s));
  EXPECT_FALSE(fails(stops, Instant(20s)));
  settle(2);
}

TEST_F(SlowExecOf, ThatWasAdmittedBeforeItsHoldWasTriedWaitsStill) {
  Stops stops = make();
  LiveJob& job = add(first_, &area_.slots[0]);
  stopper_.outcome = HoldOutcome::under_way;
  stops.hold(job, Instant{});
  stops.admit(job, Instant{});
  // The worker has much to do: its exec is not answered yet.
  job.exec_seen = {.at = {}, .cpu = {}};
  job.state = 'S';
  EXPECT_FALSE(fails(stops, Instant(10s)));
  settle(2);
  EXPECT_FALSE(fails(stops, Instant(10s)));
  job.exec_seen = {.at = Instant(10s), .cpu = {}};
  EXPECT_TRUE(fails(stops, Instant(12s)));
  settle(3);
}

}  // namespace
}  // namespace memguard::supervisor
