// systemd, or whoever else started memguard as a unit's main process and listens: it is told that the build runs, what
// waits and why, and that somebody still guards it (sd_notify(3)). Each message is one datagram, written without
// libsystemd, which portable programs have not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {

/// The variables by which a unit's main process finds who listens.
struct UnitVariables {
  /// NOTIFY_SOCKET: a path, or after '@' a name in the abstract namespace (unix(7)). Empty: nobody listens.
  std::string socket;
  /// WATCHDOG_USEC, where WATCHDOG_PID means this process.
  std::optional<Duration> watchdog;
};

/// Those of this process. Nothing where another process is the unit's main one: systemd (NotifyAccess=main) would not
/// hear us, and a STATUS of ours would stand for somebody else's. Main is whom SYSTEMD_EXEC_PID names, before systemd
/// 248 a child of PID 1, and PID 1 itself (podman run --sdnotify).
[[nodiscard]] UnitVariables unit_variables();

/// The front's end of it: systemd hears nobody but the main process. What the supervisor has to tell comes over a
/// socket (unit_news.h).
class ServiceManager {
 public:
  /// Nobody listens.
  ServiceManager() = default;
  /// Nobody listens either where the address is no Unix socket's.
  explicit ServiceManager(const UnitVariables& variables);

  /// There is somebody to tell.
  [[nodiscard]] bool listens() const { return static_cast<bool>(socket_); }
  /// What the build is not to see, because the messages are ours: the names of those variables.
  [[nodiscard]] std::vector<std::string> hidden() const;

  /// READY=1: the command runs. Sent again at the next turn where it could not be sent at once.
  void ready();
  /// STATUS=, made printable.
  void status(std::string_view text);

  /// To be called at each turn of the front's loop. Passes on what the supervisor told, and sends WATCHDOG=1 at half of
  /// the watchdog's time if `heartbeat` has changed meanwhile, or `alone`: there is no supervisor any more.
  void turn(Moment now, Moment heartbeat, bool alone);
  /// The longest time for which the loop may wait, at most `most`.
  [[nodiscard]] Duration patience(Moment now, Duration most) const;

  /// Becomes readable when the supervisor told something; -1 where nobody listens.
  [[nodiscard]] int news() const { return news_.get(); }
  /// Where the supervisor writes texts for STATUS, one a packet, without blocking; -1 where nobody listens.
  [[nodiscard]] int writer() const { return writer_.get(); }

 private:
  [[nodiscard]] bool send(std::string_view message) const;
  void pass_on_news();

  std::string address_;
  UniqueFd socket_;
  UniqueFd news_;
  UniqueFd writer_;
  std::optional<Duration> watchdog_;
  Moment watchdog_due_;
  Moment last_heartbeat_;
  bool ready_is_due_ = false;
};

}  // namespace memguard::supervisor
