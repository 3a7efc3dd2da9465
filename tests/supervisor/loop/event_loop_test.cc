#include "supervisor/loop/event_loop.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unique_fd.h"

namespace memguard::supervisor {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::Ge;
using SourcePtr = std::unique_ptr<EventLoop::Source>;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    out = UniqueFd(ends[0]);
    in = UniqueFd(ends[1]);
  }
  void write() const { EXPECT_EQ(::write(in.get(), "x", 1), 1); }
  void read() const {
    char one = 0;
    EXPECT_EQ(::read(out.get(), &one, 1), 1);
  }
  UniqueFd out;
  UniqueFd in;
};

class EventLoopTest : public testing::Test {
 protected:
  EventLoop loop_ = std::move(*EventLoop::create());
  std::vector<std::string> told_;
};

TEST_F(EventLoopTest, TimersFireInTheOrderOfTheirTimesAndNeverEarly) {
  const auto start = std::chrono::steady_clock::now();
  const auto last = loop_.on_timer(milliseconds(20), [&] {
    told_.emplace_back("last");
    loop_.stop();
  });
  const auto first = loop_.on_timer(milliseconds(0), [&] { told_.emplace_back("first"); });
  const auto middle = loop_.on_timer(milliseconds(10), [&] { told_.emplace_back("middle"); });
  ASSERT_TRUE(loop_.run());
  EXPECT_THAT(told_, ElementsAre("first", "middle", "last"));
  EXPECT_THAT(std::chrono::steady_clock::now() - start, Ge(milliseconds(20)));
}

TEST_F(EventLoopTest, ATimerFiresOnceUntilItIsArmedAgain) {
  SourcePtr timer;
  int fired = 0;
  timer = std::move(*loop_.on_timer(milliseconds(0), [&] {
    ++fired;
    if (fired < 3) static_cast<void>(loop_.start_timer(*timer, milliseconds(0)));
  }));
  const auto end = loop_.on_timer(milliseconds(30), [&] { loop_.stop(); });
  ASSERT_TRUE(loop_.run());
  EXPECT_EQ(fired, 3);
}

TEST_F(EventLoopTest, ATimerThatIsArmedAnewFiresAtTheNewTimeOnly) {
  const auto timer = loop_.on_timer(milliseconds(0), [&] { told_.emplace_back("timer"); });
  ASSERT_TRUE(loop_.start_timer(**timer, milliseconds(20)));
  const auto before = loop_.on_timer(milliseconds(10), [&] { told_.emplace_back("before"); });
  const auto end = loop_.on_timer(milliseconds(30), [&] { loop_.stop(); });
  ASSERT_TRUE(loop_.run());
  EXPECT_THAT(told_, ElementsAre("before", "timer"));
}

TEST_F(EventLoopTest, WhatIsLeftToReadIsToldAgain) {
  const Pipe pipe;
  pipe.write();
  pipe.write();
  const auto source = loop_.on_readable(pipe.out.get(), [&] {
    pipe.read();
    told_.emplace_back("read");
    if (told_.size() == 2) loop_.stop();
  });
  ASSERT_TRUE(loop_.run());
  EXPECT_THAT(told_, ElementsAre("read", "read"));
}

TEST_F(EventLoopTest, AHangUpIsTold) {
  Pipe pipe;
  pipe.in.reset();
  const auto source = loop_.on_readable(pipe.out.get(), [&] { loop_.stop(); });
  EXPECT_TRUE(loop_.run());
}

TEST_F(EventLoopTest, OneThatIsAlwaysReadyKeepsNobodyWaiting) {
  const Pipe busy;
  const Pipe other;
  busy.write();
  other.write();
  int calls = 0;
  const auto always = loop_.on_readable(busy.out.get(), [&] { ++calls; });
  const auto seen = loop_.on_readable(other.out.get(), [&] {
    other.read();
    told_.emplace_back("other");
  });
  const auto end = loop_.on_timer(milliseconds(5), [&] { loop_.stop(); });
  ASSERT_TRUE(loop_.run());
  EXPECT_THAT(told_, ElementsAre("other"));
  EXPECT_GT(calls, 0);
}

TEST_F(EventLoopTest, ASourceMayBeDroppedInItsOwnHandlerAndInAnothers) {
  const Pipe first;
  const Pipe second;
  first.write();
  second.write();
  std::array<SourcePtr, 2> sources;
  const auto drop_both = [&] {
    for (auto& source : sources) source.reset();
    told_.emplace_back("dropped");
  };
  sources[0] = std::move(*loop_.on_readable(first.out.get(), drop_both));
  sources[1] = std::move(*loop_.on_readable(second.out.get(), drop_both));
  SourcePtr timer;
  timer = std::move(*loop_.on_timer(milliseconds(1), [&] {
    timer.reset();
    loop_.stop();
  }));
  ASSERT_TRUE(loop_.run());
  EXPECT_THAT(told_, ElementsAre("dropped"));
}

TEST_F(EventLoopTest, ASourceMayOutliveItsLoop) {
  const Pipe pipe;
  SourcePtr io;
  SourcePtr timer;
  {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    io = std::move(*loop->on_readable(pipe.out.get(), [] {}));
    timer = std::move(*loop->on_timer(milliseconds(0), [] {}));
  }
  EXPECT_NE(io, nullptr);
}

TEST_F(EventLoopTest, AFileThatCannotBeWatchedIsAnError) {
  const auto source = loop_.on_readable(-1, [] {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, EBADF);
}

}  // namespace
}  // namespace memguard::supervisor
