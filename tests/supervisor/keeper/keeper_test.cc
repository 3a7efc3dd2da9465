// A keeper whose front is this test. The processes of the build are children that say by their environment whose they
// are.
#include "supervisor/keeper/keeper.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/io.h"
#include "cgroup/run_tree.h"
#include "child_of_run.h"
#include "child_states.h"
#include "fake_cgroup_dir.h"
#include "own_pipe.h"
#include "supervisor/keeper/front_signals.h"

namespace memguard::supervisor {
namespace {

using testing::IsEmpty;

class AKeeper : public testing::Test {
 public:
 protected:
  AKeeper() = default;
  ~AKeeper() override {
    if (keeper_.pid > 0) dismiss(keeper_);
  }
  void start(const std::vector<int>& not_kept = {}) {
    auto keeper = start_keeper(home_, area_, run_id_, not_kept);
    ASSERT_TRUE(keeper) << keeper.error().text();
    keeper_ = std::move(*keeper);
  }
  // As the end of the front does.
  int end_when_the_front_is_gone() {
    keeper_.word.reset();
    return end_of(keeper_.pid);
  }

  const std::string run_id_ = fmt::format("{}:keeper", ::getpid());
  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
  Keeper keeper_;
};

TEST_F(AKeeper, KillsWhatRunsAndWhatIsStoppedWhenTheFrontIsGone) {
  const ChildOfRun running(run_id_);
  const ChildOfRun stopped_one(run_id_);
  stop(stopped_one.pid());
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_EQ(end_of(running.pid()), -SIGKILL);
  EXPECT_EQ(end_of(stopped_one.pid()), -SIGKILL);
  EXPECT_TRUE(area_.cleaned_up);
}

TEST_F(AKeeper, SparesWhoOnlyLooksLikeTheRun) {
  const ChildOfRun longer(run_id_ + "0");
  const ChildOfRun other_variable({"OLD_MEMGUARD_RUN=" + run_id_, "RUN=" + run_id_});
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_TRUE(lives(longer.pid()));
  EXPECT_TRUE(lives(other_variable.pid()));
}

TEST_F(AKeeper, FindsTheRunBehindAVariableThatEndsInItsName) {
  const ChildOfRun child({"OLD_MEMGUARD_RUN=" + run_id_, "MEMGUARD_RUN=" + run_id_});
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_FALSE(lives(child.pid()));
}

TEST_F(AKeeper, DoesNothingWhenItIsDismissedEvenIfSomebodyHasStoppedIt) {
  const ChildOfRun child(run_id_);
  start();
  stop(keeper_.pid);
  dismiss(keeper_);
  EXPECT_EQ(::waitpid(std::exchange(keeper_.pid, 0), nullptr, WNOHANG), -1);
  EXPECT_FALSE(keeper_.word);
  EXPECT_TRUE(lives(child.pid()));
  EXPECT_FALSE(area_.cleaned_up);
}

TEST_F(AKeeper, OutlivesTheSignalsOfTheTerminalUnderANameOfItsOwn) {
  start();
  // What it does last before it waits.
  while (!handles_signal(keeper_.pid, SIGTERM)) ::sched_yield();
  EXPECT_EQ(read_at(AT_FDCWD, fmt::format("/proc/{}/comm", keeper_.pid)).value_or(""), "mg-keeper\n");
  EXPECT_EQ(::getsid(keeper_.pid), keeper_.pid);
  while (!handles_signal(keeper_.pid, SIGRTMAX)) ::sched_yield();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGUSR1}) ::kill(keeper_.pid, signal);
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
}

TEST_F(AKeeper, IsKnownToTheOthers) {
  start();
  EXPECT_EQ(area_.keeper.pid, keeper_.pid);
  EXPECT_TRUE(proc::alive(area_.keeper));
}

TEST_F(AKeeper, HoldsNoneOfTheDescriptorsThatAreTheFrontsAlone) {
  OwnPipe pipe;
  start({-1, pipe.writes()});
  EXPECT_TRUE(pipe.ends_with_us());
  EXPECT_TRUE(lives(keeper_.pid));
}

TEST_F(AKeeper, ThatGetsNoPipeIsToldOfAndNotStarted) {
  const int code = end_in_child([&home = home_, &area = area_, &run_id = run_id_] {
    leave_descriptors(1);
    const auto keeper = start_keeper(home, area, run_id, {});
    const bool told = !keeper && keeper.error().what.starts_with("start the keeper: make a pipe");
    return told && ::waitpid(-1, nullptr, 0) < 0 ? keeper.error().code : 0;
  });
  EXPECT_EQ(code, EMFILE);
}

TEST_F(AKeeper, KillsTheJobsOfTheTableWhateverTheirEnvironmentSays) {
  const WaitingChild living;
  const WaitingChild ended;
  const WaitingChild later_with_that_pid;
  const auto note = [this](const proc::Identity& process, JobPhase phase) {
    JobRecord& job = *area_.add_job();
    job.process = process;
    job.phase = phase;
  };
  note(living.identity(), JobPhase::frozen);
  note(ended.identity(), JobPhase::ended);
  note({later_with_that_pid.pid(), later_with_that_pid.identity().start_ticks + 1}, JobPhase::running);
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_EQ(end_of(living.pid()), -SIGKILL);
  EXPECT_TRUE(spared(ended.pid()));
  EXPECT_TRUE(spared(later_with_that_pid.pid()));
}

TEST(StandardStreams, LeadNowhereOnceTheyAreLetGo) {
  const int end = end_in_child([] {
    let_go_of_standard_streams();
    int elsewhere = 0;
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      std::error_code error;
      const auto file = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", stream), error);
      if (file != "/dev/null") ++elsewhere;
    }
    return elsewhere;
  });
  EXPECT_EQ(end, 0);
}

TEST(CleanUpAfterFront, EmptiesAndRemovesTheTree) {
  constexpr pid_t kJob = 5'000'001;
  cgroup::FakeTree tree;
  tree.spawn(::getpid());
  auto home = cgroup::make_run(cgroup::Group(tree.open()), cgroup::Origin::own_subtree, {});
  ASSERT_TRUE(home) << home.error().text();
  tree.spawn(kJob, home->run_name + "/build/main");
  SharedArea& area = *SharedArea::create().value();
  clean_up_after_front(*home, area, "1:2");
  EXPECT_EQ(tree.where(kJob), "gone");
  EXPECT_THAT(tree.groups(), IsEmpty());
  EXPECT_TRUE(area.cleaned_up);
}

}  // namespace
}  // namespace memguard::supervisor
