#include "supervisor/keeper/front_signals.h"

#include <gtest/gtest.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace memguard::supervisor {
namespace {

// Each in a child: they change the signals of their process.
template <class Body>
int status_of(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

TEST(FrontSignals, ASignalThatEndsTheBuildComesAsData) {
  const int status = status_of([] {
    const auto signals = open_front_signals();
    ::raise(SIGTERM);
    signalfd_siginfo info{};
    const bool read = signals && ::read(signals->fd.get(), &info, sizeof info) == sizeof info;
    return read && info.ssi_signo == SIGTERM ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(FrontSignals, AllThatMayBeMeantForTheCommandComeAsDataAndStopOrEndNothing) {
  const int status = status_of([] {
    const auto signals = open_front_signals();
    for (const int signal : {SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGPIPE, SIGXFSZ, SIGWINCH, SIGRTMIN, SIGRTMAX}) {
      ::raise(signal);
      signalfd_siginfo info{};
      if (!signals || ::read(signals->fd.get(), &info, sizeof info) != sizeof info) return signal;
      if (info.ssi_signo != static_cast<unsigned>(signal)) return signal;
    }
    return 0;
  });
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(FrontSignals, EndUsWhereSomebodyElseWouldCleanUpAndNowhereElse) {
  const int status = status_of([] {
    const auto signals = open_front_signals();
    {
      const SignalsEndUs end_us(*signals);
      ::raise(SIGPIPE);  // stays blocked
    }
    ::raise(SIGTERM);
    const SignalsEndUs end_us(*signals);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
}

TEST(FrontSignals, WhatOurCallerHasBlockedDoesNotEndUs) {
  const int status = status_of([] {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    const auto signals = open_front_signals();
    ::raise(SIGTERM);
    const SignalsEndUs end_us(*signals);
    return 7;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

TEST(FrontSignals, WhatWasIgnoredStaysIgnored) {
  const int status = status_of([] {
    ::signal(SIGHUP, SIG_IGN);
    const auto signals = open_front_signals();
    ::raise(SIGHUP);
    signalfd_siginfo info{};
    return signals && ::read(signals->fd.get(), &info, sizeof info) < 0 ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(FrontSignals, TheEndIsByTheSignalItself) {
  const int status = status_of([] {
    const auto signals = open_front_signals();
    end_by_signal(SIGINT);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

TEST(HandlesSignal, SeesHandlersAndIgnoredSignals) {
  const int status = status_of([] {
    // A shell that runs the tests in the background has it ignored.
    ::signal(SIGINT, SIG_DFL);
    const bool before = handles_signal(::getpid(), SIGINT);
    ::signal(SIGINT, [](int) {});
    const bool caught = handles_signal(::getpid(), SIGINT);
    ::signal(SIGINT, SIG_IGN);
    return !before && caught && handles_signal(::getpid(), SIGINT) ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_FALSE(handles_signal(1 << 23, SIGINT));
}

}  // namespace
}  // namespace memguard::supervisor
