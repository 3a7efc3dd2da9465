// The supervisor's loop: what happens to file descriptors and when times are over, one handler after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/pinned.h"
#include "base/result.h"
#include "base/units.h"

namespace memguard::supervisor {

/// epoll(7) for file descriptors, one timerfd for the earliest of all timers. Level-triggered: a handler that leaves
/// something to read is called again. Of one thread.
class EventLoop {
  struct State;

 public:
  using Handler = std::function<void()>;

  /// A registration; dropping it ends it. May be dropped inside its own handler or another's, also after the loop, and
  /// before its file descriptor is closed.
  class Source : Pinned {
   public:
    /// Nobody is called any more for its descriptor or its timer.
    ~Source();

    /// From now on whatever else has happened comes first, of all that was not told so. Of a timer nothing.
    void let_others_first();

   private:
    friend class EventLoop;
    Source(std::shared_ptr<State> state, Handler handler) : state_(std::move(state)), handler_(std::move(handler)) {}
    std::shared_ptr<State> state_;
    Handler handler_;
    /// Of a timer: -1.
    int fd_ = -1;
    std::uint32_t events_ = 0;
    bool goes_last_ = false;
    /// Of a timer that is armed: when it fires.
    std::optional<Moment> due_;
  };

  /// Errors: errno of epoll_create1(2).
  [[nodiscard]] static Result<EventLoop> create();

  /// Calls `handler` when `fd` is readable, or hung up.
  [[nodiscard]] Result<std::unique_ptr<Source>> on_readable(int fd, Handler handler);
  /// Calls `handler` when `fd` can be written to, or was hung up.
  [[nodiscard]] Result<std::unique_ptr<Source>> on_writable(int fd, Handler handler);
  /// Calls `handler` when a PSI trigger fires (EPOLLPRI). The trigger must be written before (psi_trigger_poll).
  [[nodiscard]] Result<std::unique_ptr<Source>> on_priority(int fd, Handler handler);
  /// Calls `handler` once, `delay` from now; start_timer arms it again.
  [[nodiscard]] Result<std::unique_ptr<Source>> on_timer(Duration delay, Handler handler);
  /// Arms a timer anew, `delay` from now, whether it has fired or not.
  [[nodiscard]] Status start_timer(Source& timer, Duration delay);

  /// Runs until stop().
  [[nodiscard]] Status run();
  /// `run` returns when the present handler has.
  void stop();

 private:
  explicit EventLoop(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Result<std::unique_ptr<Source>> on_io(int fd, std::uint32_t events, Handler handler);
  std::shared_ptr<State> state_;
};

}  // namespace memguard::supervisor
