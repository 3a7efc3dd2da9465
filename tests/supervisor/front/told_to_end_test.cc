// What the front makes of signals, by a given time. This test is the front; what it passes on stays pending at the
// command, which has all signals blocked.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>

#include "child_states.h"
#include "own_signals.h"
#include "supervisor/front/signal_passing.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

// When the signal comes.
constexpr Moment kTold(1000s);

bool has_got(pid_t command, int signal) {
  const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(signal - 1);
  return (proc::read_status(command).value().pending_signals & bit) != 0;
}

class TheFront : public testing::Test {
 protected:
  // By another process: what we send to ourselves is nobody's wish.
  static void send(int signal) {
    const pid_t front = ::getpid();
    ASSERT_EQ(end_in_child([=] { return ::kill(front, signal); }), 0);
  }
  bool take(pid_t command, Moment now = kTold) { return passing_.take(command, now); }
  bool told(pid_t command, int signal, Moment now = kTold) {
    send(signal);
    return take(command, now);
  }

  OwnSignals signals_;
  SharedArea& area_ = *SharedArea::create().value();
  Witness witness_;
  SignalPassing passing_{area_, signals_.get(), witness_, std::nullopt};
  // Does with a signal what is done by default.
  const WaitingChild plain_;
};

TEST_F(TheFront, ToldToEndTellsTheCommandAndTheSupervisor) {
  int times = 0;
  for (const int signal : {SIGTERM, SIGHUP, SIGQUIT, SIGINT}) {
    EXPECT_TRUE(told(plain_.pid(), signal));
    EXPECT_TRUE(has_got(plain_.pid(), signal));
    EXPECT_EQ(passing_.times_told(), ++times);
  }
  EXPECT_TRUE(area_.ending);
  EXPECT_TRUE(area_.interrupted);
}

TEST_F(TheFront, NotToldToEndPassesOnAndGoesOn) {
  EXPECT_FALSE(told(plain_.pid(), SIGUSR1));
  EXPECT_TRUE(has_got(plain_.pid(), SIGUSR1));
  EXPECT_FALSE(area_.ending);
  EXPECT_FALSE(area_.interrupted);
}

TEST_F(TheFront, KeepsWhatItSentToItself) {
  ::kill(::getpid(), SIGTERM);
  EXPECT_FALSE(take(plain_.pid()));
  EXPECT_FALSE(has_got(plain_.pid(), SIGTERM));
}

TEST_F(TheFront, KeepsTheEndsOfItsChildren) {
  EXPECT_EQ(end_in_child([] { return 3; }), 3);
  EXPECT_FALSE(take(plain_.pid()));
  EXPECT_FALSE(has_got(plain_.pid(), SIGCHLD));
}

TEST_F(TheFront, WithoutAWitnessTakesWhatTheKernelSendsForTheWholeGroups) {
  const itimerval soon{{0, 0}, {0, 1}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
  pollfd readable{signals_.get().fd.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&readable, 1, -1), 1);
  EXPECT_FALSE(take(plain_.pid()));
  EXPECT_FALSE(has_got(plain_.pid(), SIGALRM));
}

TEST_F(TheFront, ToldToEndAfterTheCommandHasEndedTellsTheSupervisor) {
  EXPECT_TRUE(told(0, SIGTERM));
  EXPECT_TRUE(area_.interrupted);
  EXPECT_EQ(passing_.times_told(), 1);
}

TEST_F(TheFront, StopsAsTheTerminalWantsAndTellsTheCommand) {
  const pid_t front = ::fork();
  if (front == 0) {
    // The kernel lets no terminal stop a group of which nobody outside is a parent.
    ::setpgid(0, 0);
    pollfd readable{signals_.get().fd.get(), POLLIN, 0};
    ::poll(&readable, 1, -1);
    (void)take(plain_.pid());
    ::_exit(7);
  }
  ::kill(front, SIGTSTP);
  int status = 0;
  ASSERT_EQ(::waitpid(front, &status, WUNTRACED), front);
  EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP) << status;
  EXPECT_TRUE(has_got(plain_.pid(), SIGTSTP));
  ::kill(front, SIGCONT);
  EXPECT_EQ(end_of(front), 7);
  EXPECT_TRUE(has_got(plain_.pid(), SIGCONT));
  ::waitpid(front, nullptr, 0);
}

// What is due, after a command was told to end.
class EndOfACommand : public TheFront {
 protected:
  void allow(Duration stop_timeout) { timeout_.emplace(area_, signals_.get(), witness_, stop_timeout); }
  void tell(const WaitingChild& command, int signal, Moment now = kTold) {
    send(signal);
    ASSERT_TRUE(passing().take(command.pid(), now));
  }
  EndDue due(pid_t command, Duration since) { return passing().due(command, kTold + since); }

  // As a shell, a test runner, a server.
  const WaitingChild handles_{[] {
    for (const int signal : {SIGTERM, SIGINT}) ::signal(signal, [](int) {});
  }};

 private:
  SignalPassing& passing() { return timeout_ ? *timeout_ : passing_; }

  std::optional<SignalPassing> timeout_;
};

TEST_F(EndOfACommand, IsNotWaitedForUnlessItWasToldToEnd) {
  allow(0s);
  EXPECT_EQ(due(handles_.pid(), 1h), EndDue::nothing);
}

TEST_F(EndOfACommand, ThatHandlesTheSignalAndLivesOnLetsItBeGuardedAgainOnce) {
  tell(handles_, SIGTERM);
  EXPECT_EQ(due(handles_.pid(), 5s - 1ns), EndDue::nothing);
  EXPECT_EQ(due(handles_.pid(), 5s), EndDue::guard_again);
  EXPECT_EQ(due(handles_.pid(), 1h), EndDue::nothing);
}

// make takes its handler away and waits for its jobs.
TEST_F(EndOfACommand, ThatHandledTheSignalOnceIsGuardedAgainWhileItLives) {
  const WaitingChild once{[] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    ::sigaction(SIGTERM, &action, nullptr);
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, SIGTERM);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  }};
  tell(once, SIGTERM);
  while (handles_signal(once.pid(), SIGTERM)) ::sched_yield();
  EXPECT_EQ(due(once.pid(), 5s), EndDue::guard_again);
  EXPECT_EQ(due(0, 5s), EndDue::nothing);
}

TEST_F(EndOfACommand, BeginsAnewWithEachSignal) {
  tell(handles_, SIGTERM);
  tell(handles_, SIGTERM, kTold + 3s);
  EXPECT_EQ(due(handles_.pid(), 8s - 1ns), EndDue::nothing);
  EXPECT_EQ(due(handles_.pid(), 8s), EndDue::guard_again);
}

TEST_F(EndOfACommand, IsForTheSenderToBringAboutWithoutATimeout) {
  tell(plain_, SIGTERM);
  EXPECT_EQ(due(plain_.pid(), 1h), EndDue::nothing);
  EXPECT_EQ(due(0, 1h), EndDue::nothing);
}

TEST_F(EndOfACommand, IsBroughtAboutAtTheTimeoutAgainAndAgain) {
  allow(2s);
  tell(plain_, SIGTERM);
  EXPECT_EQ(due(plain_.pid(), 2s - 1ns), EndDue::nothing);
  EXPECT_EQ(due(plain_.pid(), 2s), EndDue::kill);
  EXPECT_EQ(due(plain_.pid(), 2100ms - 1ns), EndDue::nothing);
  EXPECT_EQ(due(0, 2100ms), EndDue::kill);
}

TEST_F(EndOfACommand, IsNotPutOffByASecondSignal) {
  allow(2s);
  tell(plain_, SIGTERM);
  tell(plain_, SIGTERM, kTold + 1s);
  EXPECT_EQ(due(plain_.pid(), 2s), EndDue::kill);
}

TEST_F(EndOfACommand, IsBroughtAboutThoughItHandlesTheSignal) {
  allow(2s);
  tell(handles_, SIGTERM);
  EXPECT_EQ(due(handles_.pid(), 2s), EndDue::kill);
}

TEST_F(EndOfACommand, IsNotMeantByCtrlCInAShell) {
  allow(2s);
  tell(handles_, SIGINT);
  EXPECT_EQ(due(handles_.pid(), 2s), EndDue::guard_again);
  EXPECT_EQ(due(handles_.pid(), 1h), EndDue::nothing);
}

TEST_F(EndOfACommand, IsMeantByCtrlCWhereNobodyHandlesIt) {
  allow(2s);
  tell(plain_, SIGINT);
  EXPECT_EQ(due(plain_.pid(), 2s), EndDue::kill);
}

}  // namespace
}  // namespace memguard::supervisor
