#include "supervisor/intake/aside.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>

#include <gtest/gtest.h>

#include "door.h"
#include "in_child.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kLong = std::chrono::hours(1);
constexpr Duration kShort = std::chrono::milliseconds(1);

TEST(AsideTest, what_ends_is_done_each_time) {
  Aside aside;
  const auto sum = std::make_shared<int>(0);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(aside.run([sum, i] { *sum += i; }, kLong));
  EXPECT_EQ(*sum, 499'500);
}

TEST(AsideTest, what_does_not_end_is_given_up_and_the_next_is_done) {
  Aside aside;
  const auto door = std::make_shared<Door>();
  const auto done = std::make_shared<std::atomic<int>>(0);
  EXPECT_FALSE(aside.run(
      [door, done] {
        door->pass();
        ++*done;
      },
      kShort));
  EXPECT_TRUE(aside.run([done] { ++*done; }, kLong));
  EXPECT_EQ(*done, 1);
  door->open();
  while (*done < 2) ::sched_yield();
}

TEST(AsideTest, many_that_hang_are_waited_for_less_and_then_not_at_all) {
  Aside aside;
  const auto door = std::make_shared<Door>();
  const auto begun = std::make_shared<std::atomic<int>>(0);
  const auto hang = [door, begun] {
    ++*begun;
    door->pass();
  };
  const auto start = std::chrono::steady_clock::now();
  // Two patiences and some milliseconds. Unbounded it would be a hundred.
  constexpr Duration kPatience = std::chrono::milliseconds(500);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(aside.run(hang, kPatience));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20 * kPatience);
  EXPECT_LE(*begun, 32);
  door->open();
  // They are over, and others are done again.
  while (!aside.run([] {}, kLong)) ::sched_yield();
}

TEST(AsideTest, a_forked_child_has_one_of_its_own) {
  Aside aside;
  ASSERT_TRUE(aside.run([] {}, kLong));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto done = std::make_shared<bool>(false);
    ::_exit(aside.run([done] { *done = true; }, kLong) && *done ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// As a user who may start nothing more.
TEST(AsideTest, where_no_thread_is_to_be_had_the_caller_does_it) {
  in_child([] {
    const rlimit none{0, 0};
    ASSERT_EQ(::setrlimit(RLIMIT_NPROC, &none), 0);
    ASSERT_TRUE(::geteuid() != 0 || ::setuid(65533) == 0);
    Aside aside;
    const pthread_t own = ::pthread_self();
    const auto by_us = std::make_shared<int>(0);
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(aside.run([=] { *by_us += ::pthread_equal(::pthread_self(), own); }, kShort));
    EXPECT_EQ(*by_us, 2);
  });
}

TEST(AsideTest, the_thread_gets_none_of_the_callers_signals) {
  Aside aside;
  const auto blocked = std::make_shared<sigset_t>();
  ASSERT_TRUE(aside.run([=] { ::pthread_sigmask(SIG_SETMASK, nullptr, blocked.get()); }, kLong));
  EXPECT_EQ(::sigismember(blocked.get(), SIGTERM), 1);
  sigset_t own;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &own);
  EXPECT_EQ(::sigismember(&own, SIGTERM), 0);
}

}  // namespace
}  // namespace memguard::supervisor
