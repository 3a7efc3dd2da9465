// What becomes of an exec, and who is told.
#include "supervisor/intake/gatekeeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include "exec_at_the_gate.h"
#include "unsupplied_page.h"
#include "without_right.h"

namespace memguard::supervisor {
namespace {

constexpr std::uint32_t kFront = 1;
constexpr std::uint32_t kSupervisor = 2;

TEST_F(ExecAtTheGate, OfNoJobGoesOnAndItsNameIsKept) {
  start(script("tool-1.2"));
  const pid_t pid = child_->pid();
  EXPECT_TRUE(keeper_->receive_one());
  expect_it_went_on_as_no_job();
  EXPECT_EQ(area_.exec_names.of(pid), "tool");
  EXPECT_EQ(area_.execs, 1U);
}

TEST_F(ExecAtTheGate, OfAJobWaitsForTheSupervisor) {
  start(script("gen"));
  EXPECT_TRUE(keeper_->receive_one());
  const GateSlot* slot = asked();
  ASSERT_NE(slot, nullptr);
  EXPECT_TRUE(supervisor_is_woken());
  EXPECT_EQ(config_.classes[slot->facts.job_class].name, "generator");
  EXPECT_EQ(slot->facts.program.view(), "gen");
  EXPECT_EQ(slot->facts.thread, child_->pid());
  EXPECT_EQ(slot->facts.process.start_ticks, proc::read_stat(child_->pid())->start_ticks);
  EXPECT_EQ(slot->facts.old_stack, proc::read_stat(child_->pid())->start_stack);
  EXPECT_FALSE(slot->facts.unread);
  EXPECT_EQ(area_.execs, 0U);

  EXPECT_TRUE(gate::answer_continue(child_->listener(), slot->notification.notification.id));
  EXPECT_EQ(end(), kOwnEnd);
}

TEST_F(ExecAtTheGate, OfARustcIsReadWithArgumentsAndEnvironment) {
  start(script("rustc"), {"rustc", "--crate-name", "app", "--crate-type", "bin", "main.rs"},
        {"CARGO_PKG_NAME=the-package", "CARGO_MAKEFLAGS=-j --jobserver-fds=3,4 --jobserver-auth=3,4"});
  EXPECT_TRUE(keeper_->receive_one());
  const GateSlot* slot = asked();
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot->facts.job_class, config::kRustc);
  EXPECT_EQ(slot->facts.crate.view(), "app");
  EXPECT_EQ(slot->facts.package.view(), "the-package");
  EXPECT_TRUE(slot->facts.will_link);
  EXPECT_EQ(slot->facts.jobserver, (JobserverEnds{3, 4}));
}

TEST_F(ExecAtTheGate, OfARustcThatOnlyTellsItsVersionGoesOn) {
  start(script("rustc"), {"rustc", "-vV"});
  EXPECT_TRUE(keeper_->receive_one());
  expect_it_went_on_as_no_job();
}

// execvp(3) tries each folder of PATH.
TEST_F(ExecAtTheGate, OfAFileThatIsMissingGoesOnAndOnlyTheOneThatIsThereAsks) {
  start([&] {
    execute(folder_.in("nosuch/gen"), {"gen"});
    execute(script("gen"), {"gen"});
  });
  EXPECT_TRUE(keeper_->receive_one());
  EXPECT_EQ(asked(), nullptr);
  ASSERT_TRUE(child_->exec_comes());
  EXPECT_TRUE(keeper_->receive_one());
  EXPECT_NE(asked(), nullptr);
}

TEST_F(ExecAtTheGate, OfAProgramThatWasSeenToNeedMemoryIsThatOfAJob) {
  area_.hungry.add("hungry-*");
  start(script("hungry-1a2b3c4d5e6f7890"));
  EXPECT_TRUE(keeper_->receive_one());
  const GateSlot* slot = asked();
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot->facts.job_class, config::kOther);
  EXPECT_EQ(slot->facts.program.view(), "hungry-*");
}

TEST_F(ExecAtTheGate, OfAJobGoesOnWhereAllMayPass) {
  start(script("gen"));
  keeper_->let_all_pass();
  EXPECT_TRUE(keeper_->receive_one());
  expect_it_went_on_as_no_job();
}

TEST_F(ExecAtTheGate, OfAJobThatWaitsGoesOnWhenAllMayPass) {
  start(script("gen"));
  EXPECT_TRUE(keeper_->receive_one());
  ASSERT_NE(asked(), nullptr);
  keeper_->let_all_pass();
  EXPECT_EQ(end(), kOwnEnd);
  EXPECT_TRUE(all_slots_are_free());
}

TEST_F(ExecAtTheGate, WithoutAFreeSlotIsNotReceived) {
  start(script("gen"));
  take_all_slots();
  EXPECT_FALSE(keeper_->receive_one());
  EXPECT_TRUE(child_->exec_waits());
  area_.slots.back().state = SlotState::empty;
  EXPECT_TRUE(keeper_->receive_one());
  EXPECT_EQ(asked(), &area_.slots.back());
}

TEST_F(ExecAtTheGate, IsNotReceivedWhileTheSupervisorReceives) {
  start(script("gen"));
  area_.receiver = kSupervisor;
  EXPECT_FALSE(keeper_->receive_one());
  EXPECT_TRUE(child_->exec_waits());
  EXPECT_EQ(area_.receiver, kSupervisor);
}

TEST_F(ExecAtTheGate, OfOneThatWasKilledMeanwhileLeavesNothing) {
  start(script("gen"));
  child_->kill();
  EXPECT_TRUE(keeper_->receive_one());
  EXPECT_TRUE(all_slots_are_free());
  EXPECT_EQ(area_.receiver, 0U);
  EXPECT_EQ(unreadable(), 0U);
}

TEST_F(ExecAtTheGate, WithAnAddressThatIsNoneIsRefusedByTheKernelAlone) {
  start([] {
    (void)::syscall(SYS_execve, 1, nullptr, nullptr);
    ::_exit(errno == EFAULT ? kOwnEnd : 1);
  });
  EXPECT_TRUE(keeper_->receive_one());
  expect_it_went_on_as_no_job();
  EXPECT_EQ(unreadable(), 0U);
}

TEST_F(ExecAtTheGate, ThatMayNotBeReadGoesOnAndIsLookedAtLater) {
  const WithoutRight ptrace(CAP_SYS_PTRACE);
  const std::string path = script("gen");
  start([&] {
    ::prctl(PR_SET_DUMPABLE, 0);
    execute(path, {"gen"});
  });
  const pid_t pid = child_->pid();
  EXPECT_TRUE(keeper_->receive_one());
  EXPECT_EQ(end(), kOwnEnd);
  const GateSlot* slot = asked();
  ASSERT_NE(slot, nullptr);
  EXPECT_TRUE(supervisor_is_woken());
  EXPECT_TRUE(slot->facts.unread);
  EXPECT_EQ(slot->facts.process.pid, pid);
}

TEST_F(ExecAtTheGate, ThatCannotBeReceivedLeavesTheSlotFree) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd out(ends[0]);
  const UniqueFd in(ends[1]);
  ASSERT_EQ(::write(in.get(), "x", 1), 1);
  // It is readable, but no listener.
  EXPECT_TRUE(Gatekeeper(area_, config_, out.get(), wake_.get()).receive_one());
  EXPECT_TRUE(all_slots_are_free());
  EXPECT_EQ(area_.receiver, 0U);
}

// --- In the place of a front that is stopped

TEST_F(ExecAtTheGate, OfAJobGoesOnWhileTheFrontIsStopped) {
  start(script("gen"));
  continue_for_stopped_front(area_, child_->listener());
  expect_it_went_on_as_no_job();
  EXPECT_EQ(area_.receiver, 0U);
}

TEST_F(ExecAtTheGate, IsTheFrontsWhileThatReceives) {
  start(script("gen"));
  area_.receiver = kFront;
  continue_for_stopped_front(area_, child_->listener());
  EXPECT_TRUE(child_->exec_waits());
  EXPECT_EQ(area_.receiver, kFront);
  stop_receiving_for(area_, child_->listener());
  EXPECT_EQ(area_.receiver, kFront);
}

TEST_F(ExecAtTheGate, WithoutAFreeSlotWaitsForTheFront) {
  start(script("gen"));
  take_all_slots();
  continue_for_stopped_front(area_, child_->listener());
  EXPECT_TRUE(child_->exec_waits());
  EXPECT_EQ(area_.receiver, 0U);
}

TEST_F(ExecAtTheGate, ThatADeadSupervisorHadReceivedGoesOn) {
  start(script("gen"));
  GateSlot& slot = area_.slots[5];
  ASSERT_TRUE(gate::receive(child_->listener(), slot.notification).value());
  slot.state = SlotState::passing;
  area_.slots[6].state = SlotState::taken;
  // What a thread of the front reads at the time.
  area_.slots[7].state = SlotState::received;
  area_.receiver = kSupervisor;
  stop_receiving_for(area_, child_->listener());
  EXPECT_EQ(end(), kOwnEnd);
  EXPECT_EQ(slot.state, SlotState::empty);
  EXPECT_EQ(area_.slots[6].state, SlotState::taken);
  EXPECT_EQ(area_.slots[7].state, SlotState::received);
  EXPECT_EQ(area_.receiver, 0U);
}

// --- By a thread

TEST_F(ExecAtTheGate, OfNoJobGoesOnByAThread) {
  start(script("tool"));
  keeper_->start();
  while (area_.execs == 0) ::sched_yield();
  keeper_->stop();
  expect_it_went_on_as_no_job();
}

TEST_F(ExecAtTheGate, OfAJobIsLaidBeforeTheSupervisorByAThread) {
  start(script("gen"));
  EXPECT_EQ(keeper_->listener(), child_->listener());
  keeper_->start();
  EXPECT_EQ(keeper_->listener(), -1);
  while (asked() == nullptr) ::sched_yield();
  keeper_->stop();
  EXPECT_TRUE(supervisor_is_woken());
  EXPECT_EQ(asked()->facts.program.view(), "gen");
}

TEST_F(ExecAtTheGate, IsNotReceivedAfterTheStop) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd out(ends[0]);
  const UniqueFd in(ends[1]);
  const std::string path = script("tool");
  child_.emplace([&] {
    char go = 0;
    (void)!::read(out.get(), &go, 1);
    execute(path, {"tool"});
  });
  keeper_.emplace(area_, config_, child_->listener(), wake_.get());
  keeper_->start();
  keeper_->stop();
  ASSERT_EQ(::write(in.get(), "x", 1), 1);
  ASSERT_TRUE(child_->exec_comes());
  EXPECT_EQ(keeper_->listener(), child_->listener());
  EXPECT_EQ(area_.execs, 0U);
}

// Its path lies in a page that nobody supplies: the read hangs until the process is gone.
TEST_F(ExecAtTheGate, ThatHangsGoesOnUnreadAndTheNextIsReceived) {
  UnsuppliedPage page;
  if (!page.watch()) GTEST_SKIP() << "no userfaultfd(2) here";
  const std::string path = script("gen");
  child_.emplace([&] {
    if (::fork() == 0 && page.watch()) (void)::syscall(SYS_execve, page.address(), nullptr, nullptr);
    execute(path, {"gen"});
  });
  keeper_.emplace(area_, config_, child_->listener(), wake_.get());
  keeper_->start();
  const auto count = [this](bool unread) {
    return std::ranges::count_if(
        area_.slots, [=](const GateSlot& s) { return s.state == SlotState::asked && s.facts.unread == unread; });
  };
  pollfd late{keeper_->late_fd(), POLLIN, 0};
  while (count(true) == 0 || count(false) == 0) {
    if (::poll(&late, 1, 10) == 1) keeper_->turn();
  }
  const auto hanging = std::ranges::find_if(area_.slots, [](const GateSlot& s) { return s.facts.unread; });
  EXPECT_NE(hanging->facts.process.pid, child_->pid());
  ::kill(hanging->facts.process.pid, SIGKILL);
  keeper_->stop();
}

}  // namespace
}  // namespace memguard::supervisor
