// handler: prints "ready", waits for SIGINT, prints "got SIGINT" and exits with 130, as rustc does. A frozen process
// that has a handler does not see the signal until it is thawed.
#include <signal.h>

#include <cstdio>

namespace {
volatile sig_atomic_t interrupted = 0;
}

int main() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigset_t interrupt;
  sigset_t before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, &before);
  sigdelset(&before, SIGINT);
  if (sigaction(SIGINT, &action, nullptr) != 0) return std::perror("handler: sigaction"), 1;
  std::puts("ready");
  std::fflush(stdout);
  while (interrupted == 0) sigsuspend(&before);
  std::puts("got SIGINT");
  return 130;
}
