#include "supervisor/keeper/front_signals.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

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

TEST(FrontSignals, OfTheTerminalsReaderAndTheProcessorAreNotTaken) {
  const int status = status_of([] {
    const auto signals = open_front_signals();
    for (const int signal : {SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGKILL, SIGSTOP}) {
      if (!signals || ::sigismember(&signals->taken, signal) == 1) return signal;
    }
    return 0;
  });
  EXPECT_EQ(status, 0);
}

TEST(FrontSignals, EndsOfChildrenAreSeenThoughOurCallerIgnoresItsOwn) {
  const int status = status_of([] {
    ::signal(SIGCHLD, SIG_IGN);
    const auto signals = open_front_signals();
    if (::fork() == 0) ::_exit(3);
    int end = 0;
    ::waitpid(-1, &end, 0);
    signalfd_siginfo info{};
    const bool read = signals && ::read(signals->fd.get(), &info, sizeof info) == sizeof info;
    return read && info.ssi_signo == SIGCHLD ? WEXITSTATUS(end) : 0;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << status;
}

TEST(FrontSignals, AreIgnoredByWhoIsNotTheFrontButForEndsOfChildren) {
  const int status = status_of([] {
    ignore_front_signals();
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1, SIGRTMIN, SIGRTMAX}) ::raise(signal);
    const int end = status_of([] { return 3; });
    return WEXITSTATUS(end);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << status;
}

TEST(FrontSignals, AreSentOnWithTheValueThatCame) {
  const int status = status_of([] {
    const auto signals = open_front_signals();
    signalfd_siginfo first{};
    signalfd_siginfo second{};
    ::sigqueue(::getpid(), SIGUSR1, {.sival_int = 42});
    if (!signals || ::read(signals->fd.get(), &first, sizeof first) != sizeof first) return 1;
    pass_on(first, ::getpid());
    if (::read(signals->fd.get(), &second, sizeof second) != sizeof second) return 2;
    return second.ssi_signo == SIGUSR1 && second.ssi_code == SI_QUEUE ? second.ssi_int : 3;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42) << status;
}

TEST(FrontSignals, TheEndLeavesNoCoreAndIsOfAnIgnoredSignalToo) {
  const int status = status_of([] {
    const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_CORE, &all);
    ::signal(SIGQUIT, SIG_IGN);
    end_by_signal(SIGQUIT);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT) << status;
  EXPECT_FALSE(WCOREDUMP(status));
}

TEST(FrontSignals, OneThatEndsNoProcessDoesNotEndOurs) {
  const int status = status_of([] {
    end_by_signal(SIGWINCH);
    return 7;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

TEST(FrontSignals, AStopForTheTerminalGoesOnWithTheMaskThereWas) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    // The kernel lets no terminal stop a group of which nobody outside is a parent.
    ::setpgid(0, 0);
    sigset_t mask;
    const auto signals = open_front_signals();
    stop_for_terminal();
    ::sigprocmask(SIG_BLOCK, nullptr, &mask);
    ::_exit(::sigismember(&mask, SIGTSTP) == 1 ? 7 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, WUNTRACED), pid);
  EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP) << status;
  ::kill(pid, SIGCONT);
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
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
