// A witness whose front is this test. Signals go to it alone, so that the test lives on.
#include "supervisor/keeper/witness.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/io.h"
#include "child_of_run.h"
#include "child_states.h"
#include "own_pipe.h"
#include "own_signals.h"

namespace memguard::supervisor {
namespace {

class AWitness : public testing::Test {
 public:
 protected:
  AWitness() = default;
  ~AWitness() override { witness_.dismiss(); }

  void start(const std::vector<int>& not_kept = {}) {
    const auto started = witness_.start(home_, area_, signals_.get(), run_id_, not_kept);
    ASSERT_TRUE(started) << started.error().text();
  }
  [[nodiscard]] pid_t pid() const {
    for (const auto& child : proc::descendants(::getpid())) {
      if (witness_.is(child.pid)) return child.pid;
    }
    return 0;
  }
  // Sends a signal, and waits until it was received.
  void send(int signal) {
    const auto number = static_cast<std::size_t>(signal);
    const std::uint32_t before = area_.witnessed[number];
    ::kill(pid(), signal);
    while (area_.witnessed[number] == before) ::sched_yield();
  }
  // As the end of the front does.
  int end_when_the_front_is_gone() {
    const pid_t witness = pid();
    witness_.forget();
    return end_of(witness);
  }

  const std::string run_id_ = fmt::format("{}:witness", ::getpid());
  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
  OwnSignals signals_;
  Witness witness_;
};

TEST_F(AWitness, HasSeenASignalOnce) {
  start();
  send(SIGTERM);
  EXPECT_TRUE(witness_.saw(area_, SIGTERM));
  EXPECT_FALSE(witness_.saw(area_, SIGTERM));
  send(SIGTERM);
  EXPECT_TRUE(witness_.saw(area_, SIGTERM));
}

TEST_F(AWitness, TellsSignalsApart) {
  start();
  send(SIGUSR1);
  EXPECT_FALSE(witness_.saw(area_, SIGUSR2));
  EXPECT_TRUE(witness_.saw(area_, SIGUSR1));
}

TEST_F(AWitness, HasSeenEachSignalOfRealTime) {
  start();
  send(SIGRTMIN);
  send(SIGRTMIN);
  EXPECT_TRUE(witness_.saw(area_, SIGRTMIN));
  EXPECT_TRUE(witness_.saw(area_, SIGRTMIN));
  EXPECT_FALSE(witness_.saw(area_, SIGRTMIN));
}

TEST_F(AWitness, HasSeenOneSignalWhereSeveralOfAKindCameAtOnce) {
  start();
  send(SIGTERM);
  send(SIGTERM);
  EXPECT_TRUE(witness_.saw(area_, SIGTERM));
  EXPECT_FALSE(witness_.saw(area_, SIGTERM));
}

// Seen on a machine whose processors were all busy: a signal to the process group came to the command twice.
TEST_F(AWitness, HasSeenASignalThatItHadNoTimeToRead) {
  start();
  stop(pid());
  ::kill(pid(), SIGTERM);
  EXPECT_TRUE(witness_.saw(area_, SIGTERM));
  EXPECT_FALSE(witness_.saw(area_, SIGTERM)) << "that one came to the front alone";
  ::kill(pid(), SIGCONT);
  while (area_.witnessed[SIGTERM] == 0) ::sched_yield();
  EXPECT_FALSE(witness_.saw(area_, SIGTERM)) << "it is the one of before";
  send(SIGTERM);
  EXPECT_TRUE(witness_.saw(area_, SIGTERM));
}

// SIGCONT takes away a SIGTSTP that waits (signal(7)).
TEST_F(AWitness, HasSeenASignalThatItWillNeverRead) {
  start();
  stop(pid());
  ::kill(pid(), SIGTSTP);
  EXPECT_TRUE(witness_.saw(area_, SIGTSTP));
  ::kill(pid(), SIGCONT);
  send(SIGCONT);
  EXPECT_EQ(area_.witnessed[SIGTSTP], 0U);
  EXPECT_FALSE(witness_.saw(area_, SIGTSTP));
  send(SIGTSTP);
  EXPECT_TRUE(witness_.saw(area_, SIGTSTP));
}

TEST_F(AWitness, HasNotSeenWhatCameToTheOneBefore) {
  area_.witnessed[SIGTERM] = 3;
  start();
  EXPECT_FALSE(witness_.saw(area_, SIGTERM));
}

TEST_F(AWitness, HasNotSeenWhatIsNoSignal) {
  start();
  EXPECT_FALSE(witness_.saw(area_, SharedArea::kSignals));
  EXPECT_FALSE(witness_.saw(area_, -1));
}

TEST_F(AWitness, ThatIsNotThereHasSeenNothing) {
  EXPECT_FALSE(witness_.runs());
  ++area_.witnessed[SIGTERM];
  EXPECT_FALSE(witness_.saw(area_, SIGTERM));
}

TEST_F(AWitness, IsInTheProcessGroupOfTheCommandAndNeitherEndedNorStopped) {
  start();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGPIPE, SIGRTMAX}) send(signal);
  EXPECT_EQ(::getpgid(pid()), ::getpgrp());
  EXPECT_EQ(read_at(AT_FDCWD, fmt::format("/proc/{}/comm", pid())).value_or(""), "mg-witness\n");
  EXPECT_TRUE(lives(pid()));
  EXPECT_FALSE(stopped(pid()));
}

TEST_F(AWitness, HoldsNoneOfTheDescriptorsThatAreTheFrontsAlone) {
  OwnPipe pipe;
  start({-1, pipe.writes()});
  EXPECT_TRUE(pipe.ends_with_us());
  EXPECT_TRUE(lives(pid()));
}

TEST_F(AWitness, KillsTheRunWhenFrontAndKeeperAreGone) {
  const ChildOfRun child(run_id_);
  WaitingChild keeper;
  area_.keeper = keeper.identity();
  keeper.end();
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_EQ(end_of(child.pid()), -SIGKILL);
  EXPECT_TRUE(area_.cleaned_up);
}

TEST_F(AWitness, KillsAKeeperThatWasStoppedAndDoesItsWork) {
  const ChildOfRun child(run_id_);
  const WaitingChild keeper;
  area_.keeper = keeper.identity();
  stop(keeper.pid());
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_EQ(end_of(keeper.pid()), -SIGKILL);
  EXPECT_EQ(end_of(child.pid()), -SIGKILL);
}

TEST_F(AWitness, LeavesToTheKeeperWhatThatHasDone) {
  const ChildOfRun child(run_id_);
  const WaitingChild keeper;
  area_.keeper = keeper.identity();
  area_.cleaned_up = true;
  start();
  EXPECT_EQ(end_when_the_front_is_gone(), 0);
  EXPECT_TRUE(lives(child.pid()));
  EXPECT_TRUE(lives(keeper.pid()));
}

TEST_F(AWitness, DoesNothingWhenItIsDismissedEvenIfSomebodyHasStoppedIt) {
  const ChildOfRun child(run_id_);
  start();
  stop(pid());
  witness_.dismiss();
  EXPECT_EQ(pid(), 0);
  EXPECT_FALSE(witness_.runs());
  EXPECT_EQ(witness_.word(), -1);
  EXPECT_TRUE(lives(child.pid()));
  EXPECT_FALSE(area_.cleaned_up);
}

TEST_F(AWitness, ThatGetsNoPipeIsToldOf) {
  const int code = end_in_child([&home = home_, &area = area_, &signals = signals_.get(), &run_id = run_id_] {
    leave_descriptors(1);
    Witness witness;
    const auto started = witness.start(home, area, signals, run_id, {});
    const bool told = !started && started.error().what.starts_with("start the witness of signals: make a pipe");
    return told && !witness.runs() ? started.error().code : 0;
  });
  EXPECT_EQ(code, EMFILE);
}

}  // namespace
}  // namespace memguard::supervisor
