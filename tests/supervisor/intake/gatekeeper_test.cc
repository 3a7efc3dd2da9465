// What becomes of an exec, and who is told: real execs of a child, and a supervisor that is the test.
#include "supervisor/intake/gatekeeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <gtest/gtest.h>

#include "gate/detour.h"
#include "gated_child.h"
#include "script.h"
#include "temporary_folder.h"
#include "unsupplied_page.h"
#include "without_right.h"

namespace memguard::supervisor {
namespace {

using Strings = std::vector<std::string>;

constexpr std::uint32_t kFront = 1;
constexpr std::uint32_t kSupervisor = 2;
constexpr int kOwnEnd = 3;
constexpr int kShimEnd = 42;

class ExecAtTheGate : public testing::Test {
 protected:
  void SetUp() override {
    if (!GatedChild::possible()) GTEST_SKIP() << "the exec gate is refused here";
    config_.classes.push_back({"generator", {{"gen", "test"}}});
  }

  std::string script(const std::string& name, int end = kOwnEnd) {
    return make_script(folder_.in(name), "exit " + std::to_string(end));
  }

  /// A child does this, and its exec has come.
  void start(const std::function<void()>& first) {
    child_.emplace(first);
    keeper_.emplace(area_, config_, child_->listener(), wake_.get());
    ASSERT_TRUE(child_->exec_comes());
  }
  void start(const std::string& path, const Strings& words = {"zeroth"}, const Strings& variables = {}) {
    start([&] { execute(path, words, variables); });
  }

  /// What waits for the supervisor, or null.
  GateSlot* asked() {
    const auto slot =
        std::ranges::find(area_.slots, SlotState::asked, [](const GateSlot& s) { return s.state.load(); });
    return slot == area_.slots.end() ? nullptr : &*slot;
  }
  [[nodiscard]] bool all_slots_are_free() const {
    return std::ranges::all_of(area_.slots, [](const GateSlot& s) { return s.state == SlotState::empty; });
  }
  void take_all_slots() {
    for (GateSlot& slot : area_.slots) slot.state = SlotState::taken;
  }
  [[nodiscard]] bool supervisor_is_woken() const {
    eventfd_t count = 0;
    return ::eventfd_read(wake_.get(), &count) == 0;
  }
  std::uint32_t unreadable() { return area_.unguarded[static_cast<std::size_t>(report::Unguarded::unreadable)]; }

  /// Of a child that goes on.
  int end() {
    const int status = child_->end();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void expect_it_went_on_as_no_job() {
    EXPECT_EQ(end(), kOwnEnd);
    EXPECT_TRUE(all_slots_are_free());
    EXPECT_FALSE(supervisor_is_woken());
  }

  TemporaryFolder folder_;
  config::Config config_;
  SharedArea& area_ = *SharedArea::create(16).value();
  UniqueFd wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::optional<GatedChild> child_;
  std::optional<Gatekeeper> keeper_;
};

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

// --- To the shim

class CompilerAtTheGate : public ExecAtTheGate {
 protected:
  void SetUp() override {
    ExecAtTheGate::SetUp();
    if (!gate::Detours::possible()) GTEST_SKIP() << "ptrace is refused here, or not known for this processor";
  }

  /// Only the thread that waits for processes sends one to the shim.
  void receive() {
    EXPECT_TRUE(keeper_->receive_one());
    keeper_->turn();
  }
  void compile() { start(script("cc1"), {"cc1", "-quiet", "a.c", "-o", "a.s"}); }
  std::string shim() {
    return make_script(folder_.in("shim"), "[ \"$1\" = --exec=run-7 ] && exit " + std::to_string(kShimEnd));
  }
  /// Of a child that goes on by way of the shim.
  int end_of_detour() {
    const int status =
        child_->end([this] { receive(); }, [this](pid_t process, int news) { return keeper_->take(process, news); });
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(CompilerAtTheGate, GoesToTheShim) {
  compile();
  keeper_->send_to(shim(), "run-7");
  receive();
  EXPECT_EQ(end_of_detour(), kShimEnd);
  EXPECT_TRUE(all_slots_are_free());
}

TEST_F(CompilerAtTheGate, IsAJobAtOnceWhereMemoryIsPlentiful) {
  compile();
  keeper_->send_to(shim(), "run-7");
  area_.plenty = true;
  receive();
  ASSERT_NE(asked(), nullptr);
  EXPECT_TRUE(supervisor_is_woken());
}

TEST_F(CompilerAtTheGate, GoesOnBeforeTheSupervisorKnowsOfItWhereMemoryIsPlentiful) {
  compile();
  area_.plenty = true;
  receive();
  ASSERT_NE(asked(), nullptr);
  EXPECT_TRUE(asked()->facts.goes_on);
  EXPECT_EQ(end(), kOwnEnd);
}

TEST_F(CompilerAtTheGate, WaitsWhileTheSupervisorDoesNotKnowOfTheLast) {
  const std::string path = script("cc1");
  start([&] {
    if (::fork() == 0) execute(path, {"cc1", "-quiet", "a.c", "-o", "a.s"});
    execute(path, {"cc1", "-quiet", "b.c", "-o", "b.s"});
  });
  area_.plenty = true;
  receive();
  ASSERT_TRUE(child_->exec_comes());
  receive();
  EXPECT_TRUE(area_.slots[0].facts.goes_on);
  EXPECT_FALSE(area_.slots[1].facts.goes_on);
  EXPECT_EQ(area_.slots[1].state, SlotState::asked);
}

TEST_F(CompilerAtTheGate, WaitsWhereMemoryIsNotPlentiful) {
  compile();
  receive();
  ASSERT_NE(asked(), nullptr);
  EXPECT_FALSE(asked()->facts.goes_on);
}

TEST_F(CompilerAtTheGate, ThatMayNotRunAgainIsAJobAtOnce) {
  // What it compiles comes from standard input, and would be gone.
  start(script("cc1"), {"cc1", "-quiet", "-", "-o", "a.s"});
  keeper_->send_to(shim(), "run-7");
  receive();
  EXPECT_NE(asked(), nullptr);
}

TEST_F(CompilerAtTheGate, RunsWithoutAShimAndIsLookedAtLater) {
  compile();
  const pid_t pid = child_->pid();
  keeper_->send_to(folder_.in("nosuch"), "run-7");
  receive();
  EXPECT_FALSE(supervisor_is_woken());
  EXPECT_EQ(end_of_detour(), kOwnEnd);
  const GateSlot* slot = asked();
  ASSERT_NE(slot, nullptr);
  EXPECT_TRUE(supervisor_is_woken());
  EXPECT_TRUE(slot->facts.unread);
  EXPECT_EQ(slot->facts.process.pid, pid);
}

TEST_F(CompilerAtTheGate, WithoutAShimAndWithoutASlotIsToldAsUnguarded) {
  compile();
  keeper_->send_to(folder_.in("nosuch"), "run-7");
  receive();
  const int status = child_->end(
      [this] {
        // The exec of the shim, and then none is free.
        receive();
        take_all_slots();
      },
      [this](pid_t process, int news) { return keeper_->take(process, news); });
  EXPECT_EQ(WEXITSTATUS(status), kOwnEnd);
  EXPECT_EQ(unreadable(), 1U);
}

}  // namespace
}  // namespace memguard::supervisor
