#include "supervisor/loop/event_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {
namespace {

itimerspec at(Moment due) { return {{}, to_timespec(due.time_since_epoch())}; }

}  // namespace

struct EventLoop::State {
  UniqueFd epoll;
  /// What lets others go first. `epoll` watches it as one file descriptor (epoll(7), nested).
  UniqueFd last;
  UniqueFd timer;
  /// The armed timers, the next first.
  std::set<std::pair<Moment, Source*>> timers;
  /// For when the timerfd is set; nothing while it is not.
  std::optional<Moment> armed;
  bool stopped = false;

  Status make();
  Status watch_own(const UniqueFd& fd, void* mark) const;
  Status arm();
  void disarm(Source& source);
  void fire_timers();
  void fire_last();
  Status step();
};

Status EventLoop::State::make() {
  epoll = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  last = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll || !last) return fail("make an event loop", errno);
  timer = UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return fail("make a timer", errno);
  if (auto watched = watch_own(timer, &timer); !watched) return watched;
  return watch_own(last, &last);
}

// An event of the loop's own is told by the address that it brings.
Status EventLoop::State::watch_own(const UniqueFd& fd, void* mark) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = mark;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) return fail("watch the loop's own events", errno);
  return {};
}

// Sets the timerfd to the next timer, where it is not yet.
Status EventLoop::State::arm() {
  if (timers.empty() || armed == timers.begin()->first) return {};
  armed = timers.begin()->first;
  const itimerspec when = at(*armed);
  if (::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &when, nullptr) != 0) return fail("start a timer", errno);
  return {};
}

void EventLoop::State::disarm(Source& source) {
  if (source.due_) timers.erase({*source.due_, &source});
  source.due_.reset();
}

// All that are due now; those that a handler arms again are so later.
void EventLoop::State::fire_timers() {
  std::uint64_t expirations = 0;
  static_cast<void>(::read(timer.get(), &expirations, sizeof expirations));
  armed.reset();
  const Moment until = MonotonicClock::now();
  while (!stopped && !timers.empty() && timers.begin()->first <= until) {
    Source& source = *timers.begin()->second;
    disarm(source);
    const Handler handler = source.handler_;  // a copy: it may drop its own source
    handler();
  }
}

void EventLoop::State::fire_last() {
  epoll_event event{};
  if (::epoll_wait(last.get(), &event, 1, 0) <= 0) return;
  const Handler handler = static_cast<Source*>(event.data.ptr)->handler_;
  handler();
}

// One event at a time: the handler of one may drop the source of the next. epoll takes turns among those that are
// ready, so that the second look finds one that is not to be the last, if there is any.
Status EventLoop::State::step() {
  if (auto set = arm(); !set) return set;
  epoll_event event{};
  int ready = ::epoll_wait(epoll.get(), &event, 1, -1);
  if (ready > 0 && event.data.ptr == &last) ready = ::epoll_wait(epoll.get(), &event, 1, 0);
  if (ready < 0 && errno != EINTR) return fail("run the event loop", errno);
  if (ready <= 0) return {};
  if (event.data.ptr == &last) return fire_last(), Status();
  if (event.data.ptr == &timer) return fire_timers(), Status();
  const Handler handler = static_cast<Source*>(event.data.ptr)->handler_;
  handler();
  return {};
}

void EventLoop::Source::let_others_first() {
  if (fd_ < 0 || goes_last_) return;
  epoll_event event{};
  event.events = events_;
  event.data.ptr = this;
  if (::epoll_ctl(state_->last.get(), EPOLL_CTL_ADD, fd_, &event) != 0) return;
  ::epoll_ctl(state_->epoll.get(), EPOLL_CTL_DEL, fd_, nullptr);
  goes_last_ = true;
}

EventLoop::Source::~Source() {
  state_->disarm(*this);
  const UniqueFd& watching = goes_last_ ? state_->last : state_->epoll;
  if (fd_ >= 0) ::epoll_ctl(watching.get(), EPOLL_CTL_DEL, fd_, nullptr);
}

Result<EventLoop> EventLoop::create() {
  auto state = std::make_shared<State>();
  if (auto made = state->make(); !made) return pass(std::move(made.error()));
  return EventLoop(std::move(state));
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_io(int fd, std::uint32_t events, Handler handler) {
  std::unique_ptr<Source> source(new Source(state_, std::move(handler)));
  epoll_event event{};
  event.events = events;
  event.data.ptr = source.get();
  if (::epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail("watch a file descriptor", errno);
  source->fd_ = fd;
  source->events_ = events;
  return source;
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_readable(int fd, Handler handler) {
  return on_io(fd, EPOLLIN, std::move(handler));
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_writable(int fd, Handler handler) {
  return on_io(fd, EPOLLOUT, std::move(handler));
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_priority(int fd, Handler handler) {
  return on_io(fd, EPOLLPRI, std::move(handler));
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::on_timer(Duration delay, Handler handler) {
  std::unique_ptr<Source> source(new Source(state_, std::move(handler)));
  if (auto started = start_timer(*source, delay); !started) return pass(std::move(started.error()));
  return source;
}

Status EventLoop::start_timer(Source& timer, Duration delay) {
  state_->disarm(timer);
  timer.due_ = MonotonicClock::now() + std::max(delay, Duration::zero());
  state_->timers.emplace(*timer.due_, &timer);
  return {};
}

Status EventLoop::run() {
  while (!state_->stopped) {
    if (auto done = state_->step(); !done) return done;
  }
  return {};
}

void EventLoop::stop() { state_->stopped = true; }

}  // namespace memguard::supervisor
