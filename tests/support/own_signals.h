// The signals of a test that is the front.
#pragma once

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "base/pinned.h"
#include "supervisor/keeper/front_signals.h"

namespace memguard::supervisor {

/// Takes them as the front does, as long as it lives. None is ignored, whatever our caller ignores (nohup).
class OwnSignals : Pinned {
 public:
  OwnSignals() {
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
      struct sigaction action {};
      const bool ignored = ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
      if (ignored) ::signal(signal, SIG_DFL);
    }
    signals_ = open_front_signals().value();
  }
  ~OwnSignals() {
    signalfd_siginfo unread{};
    while (::read(signals_.fd.get(), &unread, sizeof unread) > 0) {}
    ::sigprocmask(SIG_SETMASK, &signals_.original_mask, nullptr);
  }

  [[nodiscard]] const FrontSignals& get() const { return signals_; }

 private:
  FrontSignals signals_;
};

}  // namespace memguard::supervisor
