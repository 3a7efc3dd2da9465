// When jobs are looked at between samples. How soon a job needs the next look: live_jobs_test.cc.
#include "supervisor/live/close_look.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

class CloseLookTest : public testing::Test {
 protected:
  // A job of an age at which it is looked at every 20 ms.
  LiveJob& add_running() {
    ExecFacts facts{};
    facts.process = child_.identity();
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    job.record->phase = JobPhase::running;
    return job;
  }
  /// Does this so much later, once.
  void after(Duration delay, EventLoop::Handler what) { timer_ = loop_.on_timer(delay, std::move(what)).value(); }
  /// Runs the loop until it is stopped. False when that took far longer than any look.
  bool run() {
    bool ran_out = false;
    const auto end = loop_.on_timer(10s, [&] {
      ran_out = true;
      loop_.stop();
    });
    return loop_.run() && !ran_out;
  }

  EventLoop loop_ = EventLoop::create().value();
  SharedArea& area_ = *SharedArea::create(16).value();
  LiveJobs jobs_{area_};
  WaitingChild child_;
  Instant now_{1min};
  int looks_ = 0;
  EventLoop::Handler at_look_ = [] {};
  std::unique_ptr<EventLoop::Source> timer_;
  CloseLook close_look_{loop_, jobs_, [this] {
                          ++looks_;
                          at_look_();
                          return now_ += 20ms;
                        }};
};

TEST_F(CloseLookTest, ReadsAJobThatRunsAtTheTimeOfTheLook) {
  const LiveJob& job = add_running();
  at_look_ = [this] { loop_.stop(); };
  ASSERT_TRUE(close_look_.watch());
  ASSERT_TRUE(run());
  EXPECT_EQ(job.record->measured_at, Instant(1min + 20ms));
  EXPECT_GT(job.memory, Bytes{});
}

TEST_F(CloseLookTest, ComesAgainWhileAJobRuns) {
  add_running();
  at_look_ = [this] {
    if (looks_ == 3) loop_.stop();
  };
  ASSERT_TRUE(close_look_.watch());
  EXPECT_TRUE(run());
}

TEST_F(CloseLookTest, ComesOnceWhereNothingRuns) {
  at_look_ = [this] { after(30ms, [this] { loop_.stop(); }); };
  ASSERT_TRUE(close_look_.watch());
  ASSERT_TRUE(run());
  EXPECT_EQ(looks_, 1);
}

TEST_F(CloseLookTest, ComesAgainWhenAJobBeginsToRun) {
  at_look_ = [this] {
    if (looks_ == 2) return loop_.stop();
    after(0ms, [this] {
      add_running();
      close_look_.job_runs();
    });
  };
  ASSERT_TRUE(close_look_.watch());
  EXPECT_TRUE(run());
}

TEST_F(CloseLookTest, IsNotPutOffByJobsThatBeginAllTheTime) {
  add_running();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd out(ends[0]);
  const UniqueFd in(ends[1]);
  ASSERT_EQ(::write(in.get(), "x", 1), 1);
  const auto always = loop_.on_readable(out.get(), [this] { close_look_.job_runs(); }).value();
  at_look_ = [this] {
    if (looks_ == 3) loop_.stop();
  };
  ASSERT_TRUE(close_look_.watch());
  EXPECT_TRUE(run());
}

// 2 ms of processor time for one look: a fiftieth of a processor pays the next after 100 ms.
TEST_F(CloseLookTest, ComesTheLaterTheMoreItCosts) {
  add_running();
  bool other_was_first = false;
  at_look_ = [&] {
    if (looks_ == 2) return loop_.stop();
    const Duration until = own_processor_time() + 2ms;
    while (own_processor_time() < until) continue;
    after(60ms, [&] { other_was_first = true; });
  };
  ASSERT_TRUE(close_look_.watch());
  ASSERT_TRUE(run());
  EXPECT_TRUE(other_was_first);
}

TEST_F(CloseLookTest, DoesNotComeBeforeItIsWatchedFor) {
  add_running();
  close_look_.job_runs();
  after(10ms, [this] { loop_.stop(); });
  ASSERT_TRUE(run());
  EXPECT_EQ(looks_, 0);
}

}  // namespace
}  // namespace memguard::supervisor
