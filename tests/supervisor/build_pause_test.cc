// A front that is stopped and goes on, as by Ctrl-Z and fg. It is a child that waits.
#include "supervisor/build_pause.h"

#include <sched.h>

#include <csignal>

#include <gtest/gtest.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

class PauseOfABuild : public testing::Test {
 protected:
  void stop() { become(SIGSTOP, true); }
  void go_on() { become(SIGCONT, false); }
  void become(int signal, bool stopped) {
    ::kill(front_.pid(), signal);
    while ((proc::read_stat(front_.pid())->state == 'T') != stopped) ::sched_yield();
  }
  // The clock has moved on when it returns.
  static std::int64_t later() {
    const std::int64_t now = monotonic_ns();
    while (monotonic_ns() == now) ::sched_yield();
    return monotonic_ns();
  }
  // A pause as the supervisor sees it: two looks at a front that is stopped, and one after it went on. Gives the least
  // that it lasted.
  std::int64_t pause() {
    stop();
    EXPECT_TRUE(pause_.look());
    const std::int64_t from = monotonic_ns();
    (void)later();
    EXPECT_TRUE(pause_.look());
    const std::int64_t to = later();
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
  EXPECT_EQ(area_.suspended_ns, 0);
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
  const std::int64_t before = monotonic_ns();
  const std::int64_t least = pause();
  EXPECT_GE(area_.suspended_ns, least);
  EXPECT_LE(area_.suspended_ns, monotonic_ns() - before);
}

TEST_F(PauseOfABuild, IsLeftOutLookByLook) {
  stop();
  EXPECT_TRUE(pause_.look());
  std::int64_t counted = 0;
  for (int i = 0; i < 3; ++i) {
    (void)later();
    EXPECT_TRUE(pause_.look());
    EXPECT_GT(area_.suspended_ns, counted) << "look " << i;
    counted = area_.suspended_ns;
  }
}

TEST_F(PauseOfABuild, AddsToTheOneBeforeWithoutTheTimeBetween) {
  const std::int64_t before = monotonic_ns();
  const std::int64_t first = pause();
  const std::int64_t from = monotonic_ns();
  const std::int64_t to = later();
  const std::int64_t second = pause();
  EXPECT_GE(area_.suspended_ns, first + second);
  EXPECT_LE(area_.suspended_ns, monotonic_ns() - before - (to - from));
}

TEST_F(PauseOfABuild, EndsWithTheFront) {
  stop();
  EXPECT_TRUE(pause_.look());
  front_.end();
  EXPECT_FALSE(pause_.look());
  EXPECT_FALSE(pause_.lasts());
}

TEST_F(PauseOfABuild, OfASupervisorThatFollowsIsCountedOn) {
  area_.suspended_ns = 1'000'000'000;
  BuildPause next(area_, front_.pid());
  stop();
  EXPECT_TRUE(next.look());
  (void)later();
  EXPECT_TRUE(next.look());
  EXPECT_GT(area_.suspended_ns, 1'000'000'000);
}

}  // namespace
}  // namespace memguard::supervisor
