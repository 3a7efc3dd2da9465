// Who is taken to thrash.
#include "supervisor/thrashing.h"

#include "stopped_links.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

class ThrashingOf : public StoppedLinks {
 protected:
  LiveJob& add_running(Bytes memory) {
    LiveJob& job = add(JobPhase::running, 0s);
    job.exec = LiveJob::Exec::done;
    job.memory = memory;
    return job;
  }
  // Looks for so long, four times a second, at a build with so many refaults a second and so much of its time stalled.
  void pass(Duration time, double refaults, double stalled) {
    const Instant end = now_ + time;
    while (now_ < end) {
      now_ += 250ms;
      stalled_ += std::chrono::duration_cast<Duration>(stalled * 250ms);
      refaults_ += static_cast<std::uint64_t>(refaults / 4);
      watch_.look({.at = now_, .stalled = stalled_, .refaults = refaults_}, jobs_);
    }
  }
  Duration longest() { return Duration(area_.thrashing.lasted_ns); }

  Instant now_{};
  Duration stalled_{};
  std::uint64_t refaults_ = 1'000'000;
  ThrashingWatch watch_{area_};
};

TEST_F(ThrashingOf, IsWhoHasNextToAllMemoryWhileItIsReadAgainAndAgain) {
  add_running(5_MiB);
  const LiveJob& large = add_running(150_MiB);
  pass(16s, 100'000, 0.17);
  ASSERT_TRUE(watch_.now());
  EXPECT_EQ(watch_.now()->job, large.id);
  EXPECT_EQ(watch_.now()->since, at(250ms));
  EXPECT_EQ(longest(), 15s);
  EXPECT_EQ(area_.thrashing.job, static_cast<std::uint32_t>(large.id));
}

TEST_F(ThrashingOf, ABuildThatStandsStillAndReadsLittleDoesNot) {
  add_running(150_MiB);
  pass(16s, 300, 0.9);
  EXPECT_FALSE(watch_.now());
  EXPECT_EQ(longest(), 0s);
}

TEST_F(ThrashingOf, ABuildThatReadsMuchAndGetsOnDoesNot) {
  add_running(150_MiB);
  pass(16s, 9'000, 0.05);
  EXPECT_FALSE(watch_.now());
  EXPECT_EQ(longest(), 0s);
}

TEST_F(ThrashingOf, FromFastStorageItTakesTheProcessorsAndStandsStillForLittle) {
  add_running(150_MiB);
  pass(16s, 65'000, 0.07);
  EXPECT_TRUE(watch_.now());
}

TEST_F(ThrashingOf, WhoReadsItsInputsOnceMoreDoesNot) {
  add_running(150_MiB);
  pass(26s, 10'000, 0.9);
  EXPECT_FALSE(watch_.now()) << "977 MiB";
  pass(5s, 10'000, 0.9);
  ASSERT_TRUE(watch_.now());
  EXPECT_EQ(longest(), 30s);
}

TEST_F(ThrashingOf, WhereSeveralHaveMemoryTheOthersAreStoppedFirst) {
  add_running(60_MiB);
  add_running(70_MiB);
  pass(16s, 100'000, 0.9);
  EXPECT_FALSE(watch_.now());
}

TEST_F(ThrashingOf, WhatIsFrozenCountsAndIsNotTheOne) {
  add_running(60_MiB);
  LiveJob& frozen = add(JobPhase::frozen, 0s);
  frozen.exec = LiveJob::Exec::done;
  frozen.memory = 400_MiB;
  pass(16s, 100'000, 0.9);
  EXPECT_FALSE(watch_.now());
}

TEST_F(ThrashingOf, EndsAndTheLongestIsKept) {
  const LiveJob& job = add_running(150_MiB);
  pass(31s, 50'000, 0.9);
  pass(10s, 0, 0);
  EXPECT_FALSE(watch_.now());
  const Duration first = longest();
  EXPECT_GE(first, 30s);
  pass(22s, 50'000, 0.9);
  EXPECT_TRUE(watch_.now());
  EXPECT_EQ(longest(), first);
  EXPECT_EQ(area_.thrashing.job, static_cast<std::uint32_t>(job.id));
}

TEST_F(ThrashingOf, AnotherOneBeginsAnew) {
  const LiveJob& first = add_running(150_MiB);
  pass(11s, 50'000, 0.9);
  jobs_.remove(first.id, report::Outcome::done, now_);
  const LiveJob& second = add_running(150_MiB);
  pass(10s, 50'000, 0.9);
  ASSERT_TRUE(watch_.now());
  EXPECT_EQ(watch_.now()->job, second.id);
  EXPECT_LE(longest(), 15s);
}

// A cgroup that was made anew, or a kernel whose counters begin again.
TEST_F(ThrashingOf, CountersThatFallAreNoRefaults) {
  add_running(150_MiB);
  pass(6s, 100, 0.9);
  refaults_ = 0;
  pass(10s, 100, 0.9);
  EXPECT_FALSE(watch_.now());
}

}  // namespace
}  // namespace memguard::supervisor
