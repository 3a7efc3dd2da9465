// Who works, and what becomes of work that hangs. Times are those of the clock: a thread hangs until the test lets it
// go.
#include "supervisor/intake/relay.h"

#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <vector>

#include <gtest/gtest.h>

#include "door.h"
#include "in_child.h"
#include "supervisor/intake/small_thread.h"

namespace memguard::supervisor {
namespace {

using Tried = Relay::Tried;

constexpr Duration kLong = std::chrono::hours(1);
constexpr Duration kShort = std::chrono::milliseconds(1);

/// What threads that may outlive a test share with it.
struct Shared {
  Door door;
  std::mutex mutex;
  std::vector<Tried> tried;
  std::atomic<int> threads = 0;
};

class RelayOf : public testing::Test {
 protected:
  /// Each thread tries the door, says what came of it, and waits for the end.
  Relay::Work try_door(Duration patience) {
    return [shared = shared_, patience](Relay::Runner& runner) {
      ++shared->threads;
      const Tried tried = runner.try_within(patience, [shared] { shared->door.pass(); });
      {
        const std::lock_guard lock(shared->mutex);
        shared->tried.push_back(tried);
      }
      if (tried == Tried::too_late) return;
      pollfd over{runner.end_fd(), POLLIN, 0};
      (void)::poll(&over, 1, -1);
    };
  }
  /// Until so many threads have begun.
  void relieve_until(int begun, const std::function<void()>& instead) {
    pollfd late{relay_.late_fd(), POLLIN, 0};
    while (shared_->threads < begun) {
      if (::poll(&late, 1, 1) == 1) relay_.relieve(instead);
    }
  }
  std::vector<Tried> told(std::size_t count) {
    while (true) {
      ::sched_yield();
      const std::lock_guard lock(shared_->mutex);
      if (shared_->tried.size() >= count) return shared_->tried;
    }
  }

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  Relay relay_;
};

TEST_F(RelayOf, WorkThatEndsIsDone) {
  shared_->door.open();
  EXPECT_FALSE(relay_.has_thread());
  ASSERT_TRUE(relay_.start(try_door(kLong)));
  EXPECT_TRUE(relay_.has_thread());
  EXPECT_EQ(told(1), std::vector{Tried::done});
}

TEST_F(RelayOf, EndWaitsForTheThread) {
  shared_->door.open();
  ASSERT_TRUE(relay_.start(try_door(kLong)));
  relay_.end();
  EXPECT_FALSE(relay_.has_thread());
  EXPECT_EQ(shared_->tried, std::vector{Tried::done});
}

TEST_F(RelayOf, EndGivesUpAThreadThatHangs) {
  ASSERT_TRUE(relay_.start(try_door(kShort)));
  while (shared_->threads == 0) ::sched_yield();
  relay_.end();
  EXPECT_FALSE(relay_.has_thread());
  shared_->door.open();
  EXPECT_EQ(told(1), std::vector{Tried::too_late});
}

TEST_F(RelayOf, StartsAgainWhenItsThreadHasReturned) {
  std::atomic<int> begun = 0;
  ASSERT_TRUE(relay_.start([&](Relay::Runner&) { ++begun; }));
  while (relay_.has_thread()) ::sched_yield();
  relay_.start_again();
  while (begun < 2 || relay_.has_thread()) ::sched_yield();
}

TEST_F(RelayOf, WorkThatThrowsIsOver) {
  std::atomic<bool> caught = false;
  ASSERT_TRUE(relay_.start([&](Relay::Runner& runner) {
    try {
      (void)runner.try_within(kShort, [] { throw std::bad_alloc(); });
    } catch (const std::bad_alloc&) {
      caught = true;
    }
  }));
  while (!caught) ::sched_yield();
  pollfd late{relay_.late_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&late, 1, 10'000), 1);
  relay_.relieve([] { ADD_FAILURE() << "nothing is late"; });
}

TEST_F(RelayOf, WorkThatHangsIsTheOwnersAndAnotherThreadGoesOn) {
  ASSERT_TRUE(relay_.start(try_door(kShort)));
  int instead = 0;
  relieve_until(2, [&] {
    ++instead;
    EXPECT_FALSE(relay_.has_thread());
    EXPECT_EQ(shared_->threads, 1);
  });
  EXPECT_EQ(instead, 1);
  EXPECT_TRUE(relay_.has_thread());
  shared_->door.open();
  // The second may be late or not.
  EXPECT_EQ(std::ranges::count(told(2), Tried::too_late), 1);
}

TEST_F(RelayOf, WorkThatIsDoneLateButBeforeTheOwnerLooksIsDone) {
  shared_->door.open();
  ASSERT_TRUE(relay_.start(try_door(kShort)));
  EXPECT_EQ(told(1), std::vector{Tried::done});
  pollfd late{relay_.late_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&late, 1, 10'000), 1);
  relay_.relieve([] { ADD_FAILURE() << "nothing is late"; });
  EXPECT_TRUE(relay_.has_thread());
}

// It must not reach whoever goes on after an error: the owner has the work now.
TEST_F(RelayOf, WorkThatThrowsWhenItsThreadWasTakenOffIsTooLate) {
  ASSERT_TRUE(relay_.start([shared = shared_](Relay::Runner& runner) {
    if (++shared->threads > 1) return;
    const Tried tried = runner.try_within(kShort, [shared] {
      shared->door.pass();
      throw std::bad_alloc();
    });
    const std::lock_guard lock(shared->mutex);
    shared->tried.push_back(tried);
  }));
  relieve_until(2, [] {});
  shared_->door.open();
  EXPECT_EQ(told(1), std::vector{Tried::too_late});
}

TEST_F(RelayOf, ManyThatHangNoMoreIsBegunUntilTheyAreOver) {
  ASSERT_TRUE(relay_.start(try_door(kShort)));
  relieve_until(1 + kMostHanging, [] {});
  EXPECT_EQ(told(1), std::vector{Tried::refused});
  shared_->door.open();
  EXPECT_EQ(std::ranges::count(told(1 + kMostHanging), Tried::too_late), kMostHanging);
}

// As a user who may start nothing more.
TEST(RelayWithoutThreads, IsNotStarted) {
  in_child([] {
    const rlimit none{0, 0};
    ASSERT_EQ(::setrlimit(RLIMIT_NPROC, &none), 0);
    ASSERT_TRUE(::geteuid() != 0 || ::setuid(65533) == 0);
    Relay relay;
    EXPECT_FALSE(relay.start([](Relay::Runner&) { ADD_FAILURE(); }));
    EXPECT_FALSE(relay.has_thread());
    relay.start_again();
    EXPECT_FALSE(relay.has_thread());
  });
}

TEST(Patience, IsHalvedForEachThatHangs) {
  using namespace std::chrono_literals;
  EXPECT_EQ(patience_beside(0, 250ms), 250ms);
  EXPECT_EQ(patience_beside(1, 250ms), 125ms);
  EXPECT_EQ(patience_beside(3, 80ms), 10ms);
  EXPECT_EQ(patience_beside(kMostHanging, 250ms), 5ms);
}

}  // namespace
}  // namespace memguard::supervisor
