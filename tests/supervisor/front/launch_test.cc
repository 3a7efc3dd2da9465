// The command of a run, from fork to exec. Where this kernel refuses a gate, what is said of one is skipped.
#include "supervisor/front/launch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "base/io.h"
#include "cgroup/cgroup_dir.h"
#include "gate/filter.h"
#include "gate/listener.h"
#include "launched_command.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using testing::HasSubstr;

class Launch : public LaunchedCommand {
 protected:
  // What a shell says that runs this as the command.
  std::string said_by(const std::string& script, bool with_wrapper = false) {
    plan_.command = {"sh", "-c", fmt::format("{{ {}; }} >{}", script, file_)};
    start();
    let_go(launched_, with_wrapper);
    EXPECT_EQ(end(), 0);
    return read_at(AT_FDCWD, file_).value_or("");
  }
  // What is told of an exec that failed; nothing when it worked.
  std::optional<int> exec_error() {
    int code = 0;
    if (::read(launched_.exec_error.get(), &code, sizeof code) != sizeof code) return std::nullopt;
    return code;
  }

  // "pipe:[1234]"; empty when it is not open.
  static std::string file_of(const std::string& process, int fd) {
    std::error_code error;
    return std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", process, fd), error);
  }

  TemporaryFolder folder_;
  const std::string file_ = folder_.in("said");
};

TEST_F(Launch, WaitsUntilTheCommandMayRun) {
  start();
  EXPECT_TRUE(waits());
  let_go(launched_, false);
  EXPECT_FALSE(launched_.go);
  EXPECT_EQ(exec_error(), std::nullopt);
  EXPECT_EQ(end(), 0);
}

TEST_F(Launch, EndsWithAFrontThatSaysNothing) {
  start();
  launched_.go.reset();
  EXPECT_EQ(end(), 125);
  EXPECT_EQ(exec_error(), std::nullopt);
}

TEST_F(Launch, TellsWhyThereIsNoSuchCommand) {
  plan_.command = {folder_.in("missing"), "argument"};
  start();
  let_go(launched_, false);
  EXPECT_EQ(exec_error(), ENOENT);
  EXPECT_EQ(end(), 127);
}

TEST_F(Launch, TellsWhyTheCommandCannotBeExecuted) {
  plan_.command = {folder_.path()};
  start();
  let_go(launched_, false);
  EXPECT_EQ(exec_error(), EACCES);
  EXPECT_EQ(end(), 126);
}

TEST_F(Launch, GivesTheArgumentsAsTheyAre) {
  plan_.command = {"sh", "-c", "printf '<%s>' \"$@\" >$0", file_, "a b", "", "*\n"};
  start();
  let_go(launched_, false);
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(read_at(AT_FDCWD, file_).value_or(""), "<a b><><*\n>");
}

TEST_F(Launch, NamesTheRunAndHidesWhatIsNotTheCommands) {
  ::setenv("LAUNCH_TEST_HIDDEN", "secret", 1);
  plan_.hidden = {"LAUNCH_TEST_HIDDEN", "LAUNCH_TEST_NEVER_SET"};
  plan_.run_id = "17:0123abcd";
  EXPECT_EQ(said_by("echo $MEMGUARD_RUN; echo ${LAUNCH_TEST_HIDDEN-hidden}"), "17:0123abcd\nhidden\n");
  EXPECT_STREQ(::getenv("LAUNCH_TEST_HIDDEN"), "secret");
  ::unsetenv("LAUNCH_TEST_HIDDEN");
}

TEST_F(Launch, PutsTheShimBeforeRustcByVariables) {
  plan_.wrapper = {{"LAUNCH_TEST_WRAPPER", "/bin/memguard-shim"}, {"LAUNCH_TEST_OLD", ""}};
  EXPECT_EQ(said_by("echo $LAUNCH_TEST_WRAPPER-${LAUNCH_TEST_OLD-unset}-", true), "/bin/memguard-shim--\n");
}

TEST_F(Launch, LeavesThoseVariablesOutWhereTheShimComesByItself) {
  plan_.wrapper = {{"LAUNCH_TEST_WRAPPER", "/bin/memguard-shim"}};
  EXPECT_EQ(said_by("echo ${LAUNCH_TEST_WRAPPER-unset}"), "unset\n");
}

TEST_F(Launch, GivesBackTheLimitOfDescriptors) {
  plan_.open_files = {99, 99};
  EXPECT_EQ(said_by("ulimit -S -n; ulimit -H -n"), "99\n99\n");
}

TEST_F(Launch, GivesBackTheSignalMask) {
  ::sigemptyset(&plan_.signal_mask);
  ::sigaddset(&plan_.signal_mask, SIGUSR1);
  plan_.command = {"tail", "-f", "/dev/null"};
  start();
  let_go(launched_, false);
  EXPECT_EQ(exec_error(), std::nullopt);
  const auto status = read_at(AT_FDCWD, fmt::format("/proc/{}/status", launched_.pid)).value_or("");
  EXPECT_THAT(status, HasSubstr(fmt::format("SigBlk:\t{:016x}\n", 1U << (SIGUSR1 - 1U))));
}

TEST_F(Launch, LeavesNoneOfOurPipesToTheCommand) {
  plan_.command = {"tail", "-f", "/dev/null"};
  start();
  const std::set ours{file_of("self", launched_.go.get()), file_of("self", launched_.exec_error.get())};
  let_go(launched_, false);
  EXPECT_EQ(exec_error(), std::nullopt);
  for (int fd = 0; fd < 64; ++fd) EXPECT_FALSE(ours.contains(file_of(fmt::format("{}", launched_.pid), fd))) << fd;
}

TEST_F(Launch, BeginsInItsGroup) {
  std::ofstream(folder_.in("cgroup.procs")).flush();
  const cgroup::Group group(cgroup::open_cgroup(folder_.path()).value());
  plan_.group = &group;
  start();
  EXPECT_EQ(read_at(AT_FDCWD, folder_.in("cgroup.procs")).value_or(""), fmt::format("{}", launched_.pid));
}

TEST_F(Launch, RunsTheCommandWhereItsGroupIsGone) {
  const cgroup::Group group(cgroup::open_cgroup(folder_.path()).value());
  plan_.group = &group;
  EXPECT_EQ(said_by("echo ran"), "ran\n");
}

TEST_F(Launch, WithoutDescriptorsIsRefusedAndLeavesNoProcess) {
  for (int left = 0; left < 6; ++left) {
    const int code = end_in_child([left, &plan = plan_] {
      leave_descriptors(left);
      const auto launched = launch(plan);
      return launched || ::waitpid(-1, nullptr, 0) > 0 ? 0 : launched.error().code;
    });
    EXPECT_EQ(code, EMFILE) << left;
  }
}

class LaunchWithGate : public Launch {
 protected:
  void SetUp() override {
    plan_.gate = true;
    plan_.command = {"/bin/sh", "-c", ":"};
    start();
    EXPECT_NE(launched_.listener.valid(), launched_.gate_refused.has_value());
    if (launched_.gate_refused) GTEST_SKIP() << launched_.gate_refused->text();
  }
  // The exec that comes next.
  seccomp_notif next_exec() {
    pollfd pending{launched_.listener.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&pending, 1, -1), 1);
    gate::NotificationBuffer buffer;
    EXPECT_TRUE(gate::receive(launched_.listener.get(), buffer).value_or(false));
    return buffer.notification;
  }
};

TEST_F(LaunchWithGate, TheExecOfTheCommandWaitsForAnAnswer) {
  EXPECT_TRUE(waits());
  let_go(launched_, false);
  const auto exec = next_exec();
  EXPECT_EQ(static_cast<pid_t>(exec.pid), launched_.pid);
  EXPECT_TRUE(waits());
  EXPECT_TRUE(gate::answer_continue(launched_.listener.get(), exec.id));
  EXPECT_EQ(end(), 0);
}

TEST_F(LaunchWithGate, TheBuildHasNoListenerOfItsOwn) {
  let_go(launched_, false);
  (void)next_exec();
  // The only copy: without it nobody could answer, so the kernel does.
  launched_.listener.reset();
  EXPECT_EQ(exec_error(), ENOSYS);
  EXPECT_EQ(end(), 126);
}

TEST_F(Launch, WithAGateAroundItSaysWhyThereIsNone) {
  plan_.gate = true;
  const int code = end_in_child([this] {
    const auto around = gate::install_exec_filter();
    if (!around) return EBUSY;
    const auto launched = launch(plan_);
    if (!launched || launched->listener || !launched->gate_refused) return 0;
    ::kill(launched->pid, SIGKILL);
    ::waitpid(launched->pid, nullptr, 0);
    return launched->gate_refused->code;
  });
  EXPECT_EQ(code, EBUSY);
}

}  // namespace
}  // namespace memguard::supervisor
