// Signals that somebody sends to memguard: they are the command's. Those that tell a build to end are also news for the
// supervisor, because a frozen process with a handler does not see a signal.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/keeper/front_signals.h"
#include "supervisor/keeper/witness.h"

namespace memguard::supervisor {

/// What is to be done about a build that was told to end.
enum class EndDue : std::uint8_t {
  nothing,
  /// The command handles the signal itself and lives on (a shell, a test runner, a server, make that waits for its
  /// jobs): guard it as before.
  guard_again,
  /// The user's `stop-timeout` is over.
  kill,
};

class SignalPassing {
 public:
  /// All must outlive it. `stop_timeout` as in config::Config.
  SignalPassing(SharedArea& area, const FrontSignals& signals, Witness& witness, std::optional<Duration> stop_timeout)
      : area_(area), signals_(signals), witness_(witness), stop_timeout_(stop_timeout) {}

  /// Reads what has come and passes it on to the command, 0 when that has ended, unless it has got it already. True
  /// when the build was told to end: it is marked so, and the supervisor is to be woken.
  bool take(pid_t command, Moment now);
  /// To be asked again and again, and obeyed.
  [[nodiscard]] EndDue due(pid_t command, Moment now);
  /// How often the build was told to end.
  [[nodiscard]] int times_told() const { return times_told_; }

 private:
  void pass_on_once(const signalfd_siginfo& signal, pid_t command);
  void told_to_end(int signal, Moment now);
  [[nodiscard]] bool lives_on(pid_t command, int signal) const;

  SharedArea& area_;
  const FrontSignals& signals_;
  Witness& witness_;
  std::optional<Duration> stop_timeout_;
  int end_signal_ = 0;
  int times_told_ = 0;
  /// The command handled or ignored that signal when it came.
  bool handled_ = false;
  std::optional<Moment> guard_at_;
  std::optional<Moment> kill_at_;
};

}  // namespace memguard::supervisor
