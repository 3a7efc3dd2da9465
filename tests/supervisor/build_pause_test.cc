// A front that is stopped and goes on, as by Ctrl-Z and fg. It is a child that waits.
#include "supervisor/build_pause.h"

#include <sched.h>

#include <csignal>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

class PauseOfABuild : public testing::Test {
 protected:
  void stop() { become(SIGSTOP, true); }
  void go_on() { become(SIGCONT, false); }
  void become(int signal, bool stopped) {
    ::kill(front_.pid(), signal);
    while ((proc::read_stat(front_.pid())->state == 'T') != stopped) ::sched_yield();
  }
  // The clock has moved on when it returns.
  static Moment later() {
    const Moment now = MonotonicClock::now();
    while (MonotonicClock::now() == now) ::sched_yield();
    return MonotonicClock::now();
  }
  // A pause as the supervisor sees it: two looks at a front that is stopped, and one after it went on. Gives the least
  // that it lasted.
  Duration pause() {
    stop();
    EXPECT_TRUE(pause_.look());
    const Moment from = MonotonicClock::now();
    (void)later();
    EXPECT_TRUE(pause_.look());
    const Moment to = later();
    go_on();
    EXPECT_FALSE(pause_.look());
    return to - from;
  }

  SharedArea& area_ = *SharedArea::create(1).value();
  WaitingChild front_;
  BuildPause pause_{area_, front_.pid()};
};

TEST_F(PauseOfABuild, IsNoneWhileTheFrontRuns) {
  EXPECT_FALSE(pause_.look());
  EXPECT_FALSE(pause_.lasts());
  (void)later();
  EXPECT_FALSE(pause_.look());
  EXPECT_EQ(area_.suspended.load(), 0s);
}

TEST_F(PauseOfABuild, LastsUntilTheFrontIsSeenToRunAgain) {
  stop();
  EXPECT_FALSE(pause_.lasts()) << "nobody has looked";
  EXPECT_TRUE(pause_.look());
  EXPECT_TRUE(pause_.lasts());
  go_on();
  EXPECT_TRUE(pause_.lasts());
  EXPECT_FALSE(pause_.look());
  EXPECT_FALSE(pause_.lasts());
}

TEST_F(PauseOfABuild, IsNoPartOfTheBuildsTime) {
  const Moment before = MonotonicClock::now();
  const Duration least = pause();
  EXPECT_GE(area_.suspended.load(), least);
  EXPECT_LE(area_.suspended.load(), MonotonicClock::now() - before);
}

TEST_F(PauseOfABuild, IsLeftOutLookByLook) {
  stop();
  EXPECT_TRUE(pause_.look());
  Duration counted{};
  for (int i = 0; i < 3; ++i) {
    (void)later();
    EXPECT_TRUE(pause_.look());
    EXPECT_GT(area_.suspended.load(), counted) << "look " << i;
    counted = area_.suspended;
  }
}

TEST_F(PauseOfABuild, AddsToTheOneBeforeWithoutTheTimeBetween) {
  const Moment before = MonotonicClock::now();
  const Duration first = pause();
  const Moment from = MonotonicClock::now();
  const Moment to = later();
  const Duration second = pause();
  EXPECT_GE(area_.suspended.load(), first + second);
  EXPECT_LE(area_.suspended.load(), MonotonicClock::now() - before - (to - from));
}

TEST_F(PauseOfABuild, EndsWithTheFront) {
  stop();
  EXPECT_TRUE(pause_.look());
  front_.end();
  EXPECT_FALSE(pause_.look());
  EXPECT_FALSE(pause_.lasts());
}

TEST_F(PauseOfABuild, OfASupervisorThatFollowsIsCountedOn) {
  area_.suspended = 1s;
  BuildPause next(area_, front_.pid());
  stop();
  EXPECT_TRUE(next.look());
  (void)later();
  EXPECT_TRUE(next.look());
  EXPECT_GT(area_.suspended.load(), 1s);
}

}  // namespace
}  // namespace memguard::supervisor
