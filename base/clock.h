// The clocks of the machine: no other file of memguard asks the kernel what time it is (`./dev lint` sees to that), but
// for the shim, which has no C++ library.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>

#include "base/units.h"

namespace memguard {

/// CLOCK_MONOTONIC (clock_gettime(2)): for patience and deadlines. It goes on while a build is stopped, as BuildClock
/// does not, and all processes of the machine see the same. A std::chrono clock.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
  /// Never before what it said earlier.
  [[nodiscard]] static time_point now() noexcept;
};
using Moment = MonotonicClock::time_point;

/// A duration for poll(2): rounded up to whole milliseconds, 0 when it is negative, and no more than an int holds.
[[nodiscard]] int milliseconds(Duration time);
/// The time that is left until `then`, for poll(2); 0 when that has passed.
[[nodiscard]] int milliseconds_until(Moment then);

/// CLOCK_REALTIME, for people and for files that last: seconds since 1970.
using Date = std::chrono::sys_seconds;
/// The same to the clock's own precision.
using ExactDate = std::chrono::system_clock::time_point;
/// Now, whole seconds, rounded down.
[[nodiscard]] Date date_now();
/// Now, exactly.
[[nodiscard]] ExactDate exact_date_now();
/// In UTC, for fmt's %Y and the like. A date that no calendar of the C library holds is 1970's first second.
[[nodiscard]] std::tm utc(Date date);

/// What a processor clock says: that of a process (clock_getcpuclockid(3)), CLOCK_PROCESS_CPUTIME_ID, or
/// CLOCK_THREAD_CPUTIME_ID. Nothing when the process has gone.
[[nodiscard]] std::optional<Duration> processor_time(clockid_t clock);
/// Of the thread that calls.
[[nodiscard]] Duration own_processor_time();

/// nanosleep(2), once: a signal ends it early, so whoever calls asks again what it waits for.
void pause_for(Duration time);
/// A duration for nanosleep(2) and timerfd_settime(2); a negative one is 0.
[[nodiscard]] std::timespec to_timespec(Duration time);

}  // namespace memguard
