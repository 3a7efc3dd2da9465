#include "base/clock.h"

#include <csignal>
#include <cstdlib>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Ge;
using testing::Le;

TEST(MonotonicTime, NeverGoesBack) {
  Moment before = MonotonicClock::now();
  for (int i = 0; i < 1000; ++i) {
    const Moment now = MonotonicClock::now();
    ASSERT_GE(now, before);
    before = now;
  }
}

// What one process notes another compares with its own.
TEST(MonotonicTime, IsThatOfTheKernelsTimers) {
  std::timespec kernels{};
  const Moment before = MonotonicClock::now();
  ASSERT_EQ(::clock_gettime(CLOCK_MONOTONIC, &kernels), 0);
  const Moment between(std::chrono::seconds(kernels.tv_sec) + std::chrono::nanoseconds(kernels.tv_nsec));
  EXPECT_THAT(between, AllOf(Ge(before), Le(MonotonicClock::now())));
}

// A poll that ends a part of a millisecond too early would be called again at once, and again.
TEST(TimeForPoll, IsRoundedUp) {
  EXPECT_EQ(milliseconds(1ns), 1);
  EXPECT_EQ(milliseconds(1ms), 1);
  EXPECT_EQ(milliseconds(1ms + 1ns), 2);
}

TEST(TimeForPoll, OfWhatHasPassedIsNone) {
  EXPECT_EQ(milliseconds(0ns), 0);
  EXPECT_EQ(milliseconds(-5s), 0) << "poll(2) takes a negative one for no end";
  EXPECT_EQ(milliseconds_until(MonotonicClock::now() - 1s), 0);
  EXPECT_EQ(milliseconds_until(Moment()), 0);
}

TEST(TimeForPoll, IsNeverMoreThanAnIntHolds) {
  EXPECT_EQ(milliseconds(Duration::max()), std::numeric_limits<int>::max());
  EXPECT_EQ(milliseconds(24h * 365), std::numeric_limits<int>::max());
}

TEST(TimeForPoll, UntilAMomentIsWhatIsLeftOfIt) {
  EXPECT_THAT(milliseconds_until(MonotonicClock::now() + 1h), AllOf(Ge(3'000'000), Le(3'600'000)));
}

TEST(TimeForTheKernel, HasSecondsAndTheRest) {
  const std::timespec time = to_timespec(3s + 7ns);
  EXPECT_EQ(time.tv_sec, 3);
  EXPECT_EQ(time.tv_nsec, 7);
}

TEST(TimeForTheKernel, IsNeverNegative) {
  const std::timespec time = to_timespec(-1ns);
  EXPECT_EQ(time.tv_sec, 0);
  EXPECT_EQ(time.tv_nsec, 0) << "the kernel refuses it: EINVAL";
}

TEST(ADate, IsNowInWholeSeconds) {
  const Date before = date_now();
  const ExactDate exactly = exact_date_now();
  EXPECT_LE(before, exactly);
  EXPECT_GE(date_now() + 1s, exactly);
  EXPECT_GT(before, Date(std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}));
}

TEST(ADate, IsWrittenInUtc) {
  ::setenv("TZ", "Asia/Tokyo", 1);
  ::tzset();
  const Date noon = std::chrono::sys_days{std::chrono::year{2026} / 5 / 1} + 12h;
  EXPECT_EQ(fmt::format("{:%Y-%m-%dT%H:%M:%S}", utc(noon)), "2026-05-01T12:00:00");
  ::unsetenv("TZ");
  ::tzset();
}

TEST(ADate, BeyondAllCalendarsIsTheFirst) { EXPECT_EQ(utc(Date(std::chrono::seconds::max())).tm_year, 70); }

TEST(ProcessorTime, OfAThreadThatWorksGrows) {
  const Duration before = own_processor_time();
  while (own_processor_time() < before + 1ms) {}
  const Duration own = own_processor_time();
  EXPECT_LE(own, *processor_time(CLOCK_PROCESS_CPUTIME_ID));
}

TEST(ProcessorTime, OfNobodyIsNone) { EXPECT_EQ(processor_time(-1), std::nullopt); }

TEST(APause, LastsAsLongAsItIsTold) {
  const Moment before = MonotonicClock::now();
  pause_for(2ms);
  EXPECT_GE(MonotonicClock::now() - before, 2ms);
}

TEST(APause, EndsWithASignal) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &action, nullptr), 0);
  timer_t timer{};
  ASSERT_EQ(::timer_create(CLOCK_MONOTONIC, nullptr, &timer), 0);
  // Again and again: the first may come before the pause begins.
  const itimerspec often{to_timespec(5ms), to_timespec(5ms)};
  ASSERT_EQ(::timer_settime(timer, 0, &often, nullptr), 0);
  pause_for(1h);
  ::timer_delete(timer);
  (void)::signal(SIGALRM, SIG_DFL);
}

}  // namespace
}  // namespace memguard
