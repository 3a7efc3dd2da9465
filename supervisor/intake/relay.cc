#include "supervisor/intake/relay.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "supervisor/intake/small_thread.h"

namespace memguard::supervisor {
namespace {

// An owner that comes so late was stopped (Ctrl-Z) or without a processor, and so was the thread. That gets some time
// more.
constexpr Duration kOwnerWasLate = std::chrono::milliseconds(500);
constexpr Duration kGrace = std::chrono::milliseconds(100);
// At the end: for a thread that does not read, and so does not hang.
constexpr Duration kEndPatience = std::chrono::seconds(5);

}  // namespace

// Shared by the owner and all threads, so that whoever is left last ends it.
struct Relay::Runner::State {
  std::mutex mutex;
  std::condition_variable returned;
  // The thread that works; those before it hang.
  std::uint64_t runner = 0;
  bool runs = false;
  std::size_t hanging = 0;
  // When the present piece of work is too late.
  std::optional<Moment> due;
  // The timer will tell at that time or before. It is left to run when work is done in time: most is.
  bool timer_runs = false;
  UniqueFd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
  UniqueFd over{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

  void give_more(Duration time) {
    due = MonotonicClock::now() + time;
    set_timer(time);
  }
  void set_timer(Duration until) {
    // 0 would stop it.
    const itimerspec once{{}, to_timespec(std::max(until, Duration(1)))};
    (void)::timerfd_settime(timer.get(), 0, &once, nullptr);
    timer_runs = true;
  }
  // The thread that works hangs.
  void take_off() {
    due.reset();
    runs = false;
    ++runner;
    ++hanging;
  }
};

Relay::Runner::Runner(std::shared_ptr<State> state, std::uint64_t number) : state_(std::move(state)), number_(number) {}

int Relay::Runner::end_fd() const { return state_->over.get(); }

Relay::Tried Relay::Runner::try_within(Duration patience, const std::function<void()>& work) {
  std::unique_lock lock(state_->mutex);
  if (state_->hanging >= kMostHanging) return Tried::refused;
  patience = patience_beside(state_->hanging, patience);
  state_->due = MonotonicClock::now() + patience;
  if (!state_->timer_runs) state_->set_timer(patience);
  lock.unlock();
  try {
    work();
  } catch (...) {
    lock.lock();
    if (state_->runner != number_) return Tried::too_late;
    state_->due.reset();
    throw;
  }
  lock.lock();
  if (state_->runner != number_) return Tried::too_late;
  state_->due.reset();
  return Tried::done;
}

Relay::Relay() : state_(std::make_shared<Runner::State>()) {}

Relay::~Relay() { end(); }

bool Relay::start(Work work) {
  work_ = std::move(work);
  return state_->timer && state_->over && start_thread();
}

int Relay::late_fd() const { return state_->timer.get(); }

// The life of a thread. It may last longer than the relay.
void Relay::run(const std::shared_ptr<Runner::State>& state, const Work& work, std::uint64_t number) {
  Runner runner(state, number);
  work(runner);
  const std::lock_guard lock(state->mutex);
  if (state->runner != number) {
    --state->hanging;
    return;
  }
  state->runs = false;
  state->returned.notify_all();
}

bool Relay::start_thread() {
  const std::lock_guard lock(state_->mutex);
  state_->runs =
      start_small_thread([state = state_, work = work_, number = state_->runner] { run(state, work, number); });
  return state_->runs;
}

void Relay::relieve(const std::function<void()>& instead) {
  std::uint64_t expired = 0;
  (void)::read(late_fd(), &expired, sizeof expired);
  {
    const std::lock_guard lock(state_->mutex);
    state_->timer_runs = false;
    if (!state_->due) return;
    const Duration left = *state_->due - MonotonicClock::now();
    if (left > Duration::zero()) return state_->set_timer(left);
    if (left < -kOwnerWasLate) return state_->give_more(kGrace);
    state_->take_off();
  }
  instead();
  (void)start_thread();
}

bool Relay::has_thread() const {
  const std::lock_guard lock(state_->mutex);
  return state_->runs;
}

void Relay::start_again() {
  if (work_ && !has_thread()) (void)start_thread();
}

void Relay::end() {
  if (!state_->over) return;
  (void)::eventfd_write(state_->over.get(), 1);
  std::unique_lock lock(state_->mutex);
  const auto give_up_at = MonotonicClock::now() + kEndPatience;
  const auto hangs = [&] { return MonotonicClock::now() >= state_->due.value_or(give_up_at); };
  while (state_->runs && !hangs())
    state_->returned.wait_until(lock, state_->due.value_or(MonotonicClock::now() + kGrace));
  if (state_->runs) state_->take_off();
}

}  // namespace memguard::supervisor
