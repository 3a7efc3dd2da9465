#include "supervisor/event_loop.h"

#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include <ctime>
#include <utility>

namespace memguard::supervisor {
namespace {

std::uint64_t to_usec(Duration d) {
  const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  return usec > 0 ? static_cast<std::uint64_t>(usec) : 0;
}

// How late a timer may fire to share a wake-up with others: a hundredth of the shortest sample interval.
constexpr std::uint64_t kTimerAccuracyUsec = 500;

}  // namespace

EventLoop::Source::~Source() { ::sd_event_source_disable_unref(source_); }

int EventLoop::Source::fired(Source& source) {
  // A copy: the handler may drop its own source.
  const Handler handler = source.handler_;
  handler();
  return 0;
}

Result<EventLoop> EventLoop::create() {
  sd_event* loop = nullptr;
  if (const int error = ::sd_event_new(&loop); error < 0) return fail("make an event loop", -error);
  return EventLoop(loop);
}

EventLoop::EventLoop(EventLoop&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)) {}
EventLoop::~EventLoop() { ::sd_event_unref(loop_); }

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_io(int fd, std::uint32_t events, Handler handler) {
  std::unique_ptr<Source> source(new Source(std::move(handler)));
  const auto call = [](sd_event_source*, int, std::uint32_t, void* self) {
    return Source::fired(*static_cast<Source*>(self));
  };
  const int error = ::sd_event_add_io(loop_, &source->source_, fd, events, call, source.get());
  if (error < 0) return fail("watch a file descriptor", -error);
  return source;
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_readable(int fd, Handler handler) {
  return on_io(fd, EPOLLIN, std::move(handler));
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_priority(int fd, Handler handler) {
  return on_io(fd, EPOLLPRI, std::move(handler));
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_timer(Duration delay, Handler handler) {
  std::unique_ptr<Source> source(new Source(std::move(handler)));
  const auto call = [](sd_event_source*, std::uint64_t, void* self) {
    return Source::fired(*static_cast<Source*>(self));
  };
  const int error = ::sd_event_add_time_relative(loop_, &source->source_, CLOCK_MONOTONIC, to_usec(delay),
                                                 kTimerAccuracyUsec, call, source.get());
  if (error < 0) return fail("start a timer", -error);
  return source;
}

Status EventLoop::start_timer(Source& timer, Duration delay) {
  int error = ::sd_event_source_set_time_relative(timer.source_, to_usec(delay));
  if (error >= 0) error = ::sd_event_source_set_enabled(timer.source_, SD_EVENT_ONESHOT);
  if (error < 0) return fail("start a timer", -error);
  return {};
}

Status EventLoop::run() {
  const int error = ::sd_event_loop(loop_);
  if (error < 0) return fail("run the event loop", -error);
  return {};
}

void EventLoop::stop() { (void)::sd_event_exit(loop_, 0); }

}  // namespace memguard::supervisor
