// Signals to the front, as the command sees them. Each in a child, whose signals these are.
#include "supervisor/front/signal_passing.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace memguard::supervisor {
namespace {

// How a command ends that does what `signal` does by default, when `send` sends to us. 0: it lives.
template <class Send>
int end_of_command(Send send) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    SharedArea& area = *SharedArea::create().value();
    const pid_t command = ::fork();
    if (command == 0) {
      while (true) ::pause();
    }
    // It has left the group, so that what it dies of shows who sent it.
    ::setpgid(command, command);
    const auto signals = open_front_signals();
    cgroup::Home home;
    Witness witness;
    if (!signals || !witness.start(home, area, *signals, "1:2", {})) ::_exit(100);
    SignalPassing passing(area, *signals, witness, std::nullopt);
    // By another process: what we send to ourselves is nobody's wish.
    const pid_t front = ::getpid();
    const pid_t sender = ::fork();
    if (sender == 0) ::_exit((send(front, command), 0));
    ::waitpid(sender, nullptr, 0);
    (void)passing.take(command, {});
    ::kill(command, SIGKILL);
    int status = 0;
    ::waitpid(command, &status, 0);
    witness.dismiss();
    ::_exit(WTERMSIG(status));
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(SignalPassing, WhatOnlyWeGotIsPassedOn) {
  for (const int signal : {SIGTERM, SIGUSR1, SIGRTMIN + 1}) {
    EXPECT_EQ(end_of_command([signal](pid_t front, pid_t) { ::kill(front, signal); }), signal);
  }
}

TEST(SignalPassing, WhatTheProcessGroupGotIsNot) {
  for (const int signal : {SIGTERM, SIGUSR1}) {
    EXPECT_EQ(end_of_command([signal](pid_t front, pid_t) { ::kill(-front, signal); }), SIGKILL);
  }
}

TEST(SignalPassing, OnlyThoseThatTellABuildToEndDo) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) EXPECT_TRUE(tells_to_end(signal));
  for (const int signal : {SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGALRM}) EXPECT_FALSE(tells_to_end(signal));
}

}  // namespace
}  // namespace memguard::supervisor
