// Whose execs go to the shim. How one gets there: tests/gate/detour_test.cc.
#include "supervisor/intake/shim_detours.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "gated_child.h"
#include "proc/process.h"
#include "script.h"
#include "temporary_folder.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

constexpr int kProgramEnd = 3;
constexpr int kShimEnd = 42;

class DetourOf : public testing::Test {
 protected:
  void SetUp() override {
    if (!GatedChild::possible()) GTEST_SKIP() << "the exec gate is refused here";
    if (!gate::Detours::possible()) GTEST_SKIP() << "ptrace is refused here, or not known for this processor";
  }

  std::string script(const std::string& name, int end) {
    return make_script(folder_.in(name), "exit " + std::to_string(end));
  }
  ShimDetours to(const std::string& shim) {
    return {shim, "run-7", [this](pid_t process) { refused_.push_back(process); }};
  }
  /// How the child ends when all its execs go on.
  static int end(GatedChild& child, ShimDetours& detours) {
    gate::NotificationBuffer exec{};
    const auto go_on = [&] {
      EXPECT_TRUE(gate::receive(child.listener(), exec).value());
      EXPECT_TRUE(gate::answer_continue(child.listener(), exec.notification.id));
    };
    return WEXITSTATUS(child.end(go_on, [&](pid_t process, int status) { return detours.take(process, status); }));
  }

  TemporaryFolder folder_;
  std::string program_ = script("program", kProgramEnd);
  std::string shim_ = script("shim", kShimEnd);
  std::vector<pid_t> refused_;
};

TEST_F(DetourOf, AProcessThatWaitsInTheGateGoesToTheShim) {
  GatedChild child([this] { execute(program_, {"program"}); });
  ASSERT_TRUE(child.exec_comes());
  ShimDetours detours = to(shim_);
  EXPECT_TRUE(detours.begin(child.pid()));
  EXPECT_EQ(end(child, detours), kShimEnd);
  EXPECT_TRUE(refused_.empty());
}

// This test program stands for the shim.
TEST_F(DetourOf, WhatAShimStartedIsNone) {
  GatedChild child([this] { execute(program_, {"program"}); });
  ASSERT_TRUE(child.exec_comes());
  ShimDetours detours = to(std::filesystem::read_symlink("/proc/self/exe"));
  EXPECT_FALSE(detours.wants(child.pid()));
  EXPECT_EQ(end(child, detours), kProgramEnd);
}

TEST_F(DetourOf, OneThatSomebodyTracesIsNone) {
  GatedChild child([this] { execute(program_, {"program"}); });
  ASSERT_TRUE(child.exec_comes());
  ShimDetours first = to(shim_);
  ASSERT_TRUE(first.begin(child.pid()));
  EXPECT_FALSE(to(shim_).begin(child.pid()));
  EXPECT_EQ(end(child, first), kShimEnd);
}

// Its exec goes on in the first thread.
TEST_F(DetourOf, AnotherThreadOfAProcessIsNone) {
  const WaitingChild child([] { std::thread([] { ::pause(); }).detach(); });
  const auto threads = proc::threads(child.pid());
  ASSERT_EQ(threads.size(), 2U);
  const ShimDetours detours = to(shim_);
  EXPECT_FALSE(detours.wants(threads.back()));
  EXPECT_TRUE(detours.wants(threads.front()));
}

TEST_F(DetourOf, OneThatIsGoneIsNone) {
  WaitingChild child;
  const pid_t pid = child.pid();
  child.end();
  EXPECT_FALSE(to(shim_).wants(pid));
  EXPECT_FALSE(to(shim_).begin(pid));
}

TEST_F(DetourOf, AShimThatIsMissingIsToldAndTheProgramRuns) {
  GatedChild child([this] { execute(program_, {"program"}); });
  ASSERT_TRUE(child.exec_comes());
  const pid_t pid = child.pid();
  ShimDetours detours = to(folder_.in("nosuch"));
  EXPECT_TRUE(detours.begin(pid));
  EXPECT_EQ(end(child, detours), kProgramEnd);
  EXPECT_EQ(refused_, std::vector{pid});
}

}  // namespace
}  // namespace memguard::supervisor
