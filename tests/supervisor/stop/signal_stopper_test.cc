// Real processes that are stopped by signals, and what has become of an exec.
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "exec_to_hold.h"
#include "supervisor/stop/stopper.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

char state_of(pid_t process) { return proc::read_stat(process).value().state; }

// A signal arrives when its process is next run.
bool stops(pid_t process) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (state_of(process) != 'T' && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return state_of(process) == 'T';
}

class StoppedBySignal : public testing::Test {
 protected:
  static StopTarget target(const WaitingChild& child) { return {-1, {child.identity()}}; }
  // With its pid, but born at another time.
  static StopTarget stranger(const WaitingChild& child) {
    return {-1, {{child.pid(), child.identity().start_ticks + 1}}};
  }

  std::unique_ptr<Stopper> stopper_ = make_signal_stopper(-1);
  WaitingChild child_;
};

TEST_F(StoppedBySignal, EveryProcessOfATargetStopsAndGoesOn) {
  const WaitingChild second;
  const StopTarget both{-1, {child_.identity(), second.identity()}};
  EXPECT_TRUE(stopper_->freeze(both));
  EXPECT_TRUE(stops(child_.pid()));
  EXPECT_TRUE(stops(second.pid()));
  EXPECT_TRUE(stopper_->thaw(both));
  EXPECT_NE(state_of(child_.pid()), 'T');
  EXPECT_NE(state_of(second.pid()), 'T');
}

TEST_F(StoppedBySignal, ItIsToldWhoIsStopped) {
  const StopTarget one = target(child_);
  EXPECT_FALSE(stopper_->is_stopped(one));
  EXPECT_TRUE(stopper_->freeze(one));
  EXPECT_TRUE(stops(child_.pid()));
  EXPECT_TRUE(stopper_->is_stopped(one));
  child_.end();
  EXPECT_FALSE(stopper_->is_stopped(one));
}

// What is stopped already keeps a further SIGSTOP pending.
TEST_F(StoppedBySignal, AnotherProcessWithThatPidIsLeftAlone) {
  EXPECT_TRUE(stopper_->freeze(target(child_)));
  ASSERT_TRUE(stops(child_.pid()));
  EXPECT_FALSE(stopper_->is_stopped(stranger(child_)));
  EXPECT_TRUE(stopper_->freeze(stranger(child_)));
  EXPECT_EQ(proc::read_status(child_.pid())->pending_signals, 0U);
  EXPECT_TRUE(stopper_->thaw(stranger(child_)));
  EXPECT_EQ(state_of(child_.pid()), 'T');
}

TEST_F(StoppedBySignal, WhoHasEndedKeepsNobodyFromBeingStopped) {
  WaitingChild ended;
  const StopTarget both{-1, {ended.identity(), child_.identity()}};
  ended.end();
  EXPECT_TRUE(stopper_->freeze(both));
  EXPECT_TRUE(stops(child_.pid()));
}

class HeldBySignal : public testing::Test {
 protected:
  void SetUp() override {
    if (!ExecToHold::possible()) GTEST_SKIP() << "no exec of this test can be held";
  }
  static HoldOutcome hold(const ExecToHold& exec, const ExecFacts& facts) {
    const auto stopper = make_signal_stopper(exec.listener());
    HoldOutcome outcome = stopper->hold(facts, exec.id(), -1);
    EXPECT_TRUE(exec.answered());
    // Each look takes a tenth of a second.
    for (int i = 0; i < 100 && outcome == HoldOutcome::under_way; ++i) outcome = stopper->look_again(facts, -1);
    return outcome;
  }
};

TEST_F(HeldBySignal, AJobStopsInItsNewProgramAndRunsThatWhenItIsThawed) {
  ExecToHold exec;
  EXPECT_EQ(hold(exec, exec.facts()), HoldOutcome::held);
  EXPECT_TRUE(stops(exec.facts().process.pid));
  EXPECT_NE(proc::read_stat(exec.facts().process.pid)->start_stack, exec.facts().old_stack);
  EXPECT_TRUE(make_signal_stopper(-1)->thaw({-1, {exec.facts().process}}));
  EXPECT_EQ(exec.end(), 0);
}

TEST_F(HeldBySignal, AJobWhoseExecFailsGoesOnInItsOldProgram) {
  ExecToHold exec("/nonexistent");
  EXPECT_EQ(hold(exec, exec.facts()), HoldOutcome::exec_failed);
  EXPECT_EQ(exec.end(), 127);
}

TEST_F(HeldBySignal, AnotherProcessWithThatPidIsNotStopped) {
  ExecToHold exec;
  ExecFacts facts = exec.facts();
  ++facts.process.start_ticks;
  EXPECT_EQ(hold(exec, facts), HoldOutcome::gone);
  EXPECT_EQ(exec.end(), 0);
}

TEST_F(HeldBySignal, AProcessThatHasEndedIsGone) {
  ExecToHold exec;
  exec.kill();
  EXPECT_EQ(hold(exec, exec.facts()), HoldOutcome::gone);
}

// What is stopped already keeps a further SIGSTOP pending.
TEST_F(HeldBySignal, AProcessThatWaitsInAnotherExecIsNotStopped) {
  const WaitingChild child;
  const auto stopper = make_signal_stopper(-1);
  ExecFacts facts{};
  facts.process = child.identity();
  EXPECT_TRUE(stopper->freeze({-1, {facts.process}}));
  ASSERT_TRUE(stops(child.pid()));
  EXPECT_EQ(stopper->hold(facts, 77, -1), HoldOutcome::runs);
  EXPECT_EQ(proc::read_status(child.pid())->pending_signals, 0U);
}

ExecFacts exec_in(const WaitingChild& child) {
  ExecFacts facts{};
  facts.process = child.identity();
  facts.old_stack = proc::read_stat(child.pid())->start_stack;
  return facts;
}

TEST(AwaitedExec, IsDoneWhereAnotherProgramRuns) {
  const WaitingChild child;
  ExecFacts facts = exec_in(child);
  facts.old_stack += 16;
  EXPECT_EQ(await_exec(facts), HoldOutcome::held);
}

TEST(AwaitedExec, IsBelievedWhereStacksCannotBeSeen) {
  const WaitingChild zombie;
  ExecFacts facts = exec_in(zombie);
  facts.old_stack = 0;
  ASSERT_EQ(::kill(zombie.pid(), SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(zombie.pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(await_exec(facts), HoldOutcome::held);
}

TEST(AwaitedExec, BlocksNobodyWhenItsProcessIsGone) {
  WaitingChild child;
  const ExecFacts facts = exec_in(child);
  child.end();
  EXPECT_EQ(await_exec(facts), HoldOutcome::held);
}

TEST(AwaitedExec, HasFailedInAProcessThatSleepsInItsOldProgram) {
  const WaitingChild child;
  HoldOutcome outcome = HoldOutcome::under_way;
  // It may have had no processor yet.
  while (outcome == HoldOutcome::under_way) outcome = await_exec(exec_in(child));
  EXPECT_EQ(outcome, HoldOutcome::exec_failed);
}

TEST(AwaitedExec, IsUnderWayInAProcessThatCouldRun) {
  const WaitingChild child([] {
    // Closing all lets the test go on.
    (void)::close_range(STDERR_FILENO + 1, ~0U, 0);
    while (true) (void)::getppid();
  });
  EXPECT_EQ(await_exec(exec_in(child)), HoldOutcome::under_way);
}

}  // namespace
}  // namespace memguard::supervisor
