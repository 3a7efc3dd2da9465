// The supervisor's loop: sd-event behind typed functions, so that its C varargs and void pointers stay in one file.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "base/result.h"
#include "base/units.h"

struct sd_event;
struct sd_event_source;

namespace memguard::supervisor {

class EventLoop {
 public:
  using Handler = std::function<void()>;

  /// A registration; dropping it ends it. May be dropped inside its own handler.
  class Source {
   public:
    Source(const Source&) = delete;
    Source(Source&&) = delete;
    Source& operator=(const Source&) = delete;
    Source& operator=(Source&&) = delete;
    ~Source();

   private:
    friend class EventLoop;
    explicit Source(Handler handler) : handler_(std::move(handler)) {}
    static int fired(Source& source);
    Handler handler_;
    sd_event_source* source_ = nullptr;
  };

  [[nodiscard]] static Result<EventLoop> create();
  EventLoop(const EventLoop&) = delete;
  EventLoop(EventLoop&& other) noexcept;
  EventLoop& operator=(const EventLoop&) = delete;
  EventLoop& operator=(EventLoop&&) = delete;
  ~EventLoop();

  /// Calls `handler` when `fd` is readable, or hung up.
  [[nodiscard]] Result<std::unique_ptr<Source>> on_readable(int fd, Handler handler);
  /// Calls `handler` when a PSI trigger fires (EPOLLPRI). The trigger must be written before (psi_trigger_poll).
  [[nodiscard]] Result<std::unique_ptr<Source>> on_priority(int fd, Handler handler);
  /// Calls `handler` once, `delay` from now; start_timer arms it again.
  [[nodiscard]] Result<std::unique_ptr<Source>> on_timer(Duration delay, Handler handler);
  /// Arms a timer anew, `delay` from now, whether it has fired or not.
  [[nodiscard]] Status start_timer(Source& timer, Duration delay);

  /// Runs until stop().
  [[nodiscard]] Status run();
  void stop();

 private:
  explicit EventLoop(sd_event* loop) : loop_(loop) {}
  Result<std::unique_ptr<Source>> on_io(int fd, std::uint32_t events, Handler handler);
  sd_event* loop_;
};

}  // namespace memguard::supervisor
