// Which execs of compilers go to the shim, which wait for the supervisor, and which do neither.
#include "supervisor/intake/gatekeeper.h"

#include <sys/wait.h>

#include <gtest/gtest.h>

#include "exec_at_the_gate.h"
#include "gate/detour.h"

namespace memguard::supervisor {
namespace {

constexpr int kShimEnd = 42;

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

// It waits for its linker with 12 MiB, which it gives back when the shim above it ends it.
TEST_F(CompilerAtTheGate, ThatOnlyStartsALinkerGoesToTheShimAndIsNoJob) {
  start(script("clang++"), {"clang++", "a.o", "-o", "a"});
  keeper_->send_to(shim(), "run-7");
  receive();
  EXPECT_EQ(end_of_detour(), kShimEnd);
  EXPECT_EQ(asked(), nullptr);
}

TEST_F(CompilerAtTheGate, ThatStartsALinkerPassesWhereMemoryIsPlentiful) {
  start(script("clang++"), {"clang++", "a.o", "-o", "a"});
  keeper_->send_to(shim(), "run-7");
  area_.plenty = true;
  receive();
  EXPECT_EQ(end_of_detour(), kOwnEnd);
  EXPECT_EQ(asked(), nullptr);
}

TEST_F(CompilerAtTheGate, IsAJobAtOnceWhereMemoryIsPlentiful) {
  compile();
  keeper_->send_to(shim(), "run-7");
  area_.plenty = true;
  receive();
  ASSERT_NE(asked(), nullptr);
  EXPECT_TRUE(supervisor_is_woken());
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
