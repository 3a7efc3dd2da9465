#include "base/clock.h"

#include <algorithm>
#include <limits>

namespace memguard {
namespace {

Duration to_duration(const std::timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Moment MonotonicClock::now() noexcept {
  std::timespec time{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &time);
  return Moment(to_duration(time));
}

int milliseconds(Duration time) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, std::numeric_limits<int>::max()));
}

int milliseconds_until(Moment then) { return milliseconds(then - MonotonicClock::now()); }

Date date_now() { return std::chrono::floor<std::chrono::seconds>(exact_date_now()); }

ExactDate exact_date_now() { return std::chrono::system_clock::now(); }

std::tm utc(Date date) {
  const std::time_t time = date.time_since_epoch().count();
  const std::time_t epoch = 0;
  std::tm fields{};
  if (::gmtime_r(&time, &fields) == nullptr) (void)::gmtime_r(&epoch, &fields);
  return fields;
}

std::optional<Duration> processor_time(clockid_t clock) {
  std::timespec time{};
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return to_duration(time);
}

Duration own_processor_time() { return processor_time(CLOCK_THREAD_CPUTIME_ID).value_or(Duration{}); }

void pause_for(Duration time) {
  const std::timespec pause = to_timespec(time);
  (void)::nanosleep(&pause, nullptr);
}

std::timespec to_timespec(Duration time) {
  const Duration positive = std::max(time, Duration{});
  const auto whole = std::chrono::floor<std::chrono::seconds>(positive);
  return {.tv_sec = whole.count(), .tv_nsec = (positive - whole).count()};
}

}  // namespace memguard
