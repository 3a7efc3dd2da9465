// Who is taken to thrash.
#include "supervisor/memory/thrashing.h"

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
  // Looks for so long, four times a second, at a build that reads so much again in a second, and stands still for a
  // part of it.
  void pass(Duration time, Bytes read_again, double stalled) {
    const Instant end = now_ + time;
    while (now_ < end) {
      now_ += 250ms;
      stalled_ += std::chrono::duration_cast<Duration>(stalled * 250ms);
      read_again_ += 0.25 * read_again;
      watch_.look({now_, used_, 160_MiB, stalled_, read_again_}, jobs_);
    }
  }
  Duration longest() { return area_.thrashing.lasted; }

  Instant now_{};
  Bytes used_ = 157_MiB;
  Duration stalled_{};
  Bytes read_again_ = 4_GiB;
  ThrashingWatch watch_{area_};
};

TEST_F(ThrashingOf, IsWhoHasNextToAllMemoryWhileItIsReadAgainAndAgain) {
  add_running(5_MiB);
  const LiveJob& large = add_running(150_MiB);
  pass(10s, 400_MiB, 0.17);
  EXPECT_FALSE(watch_.now());
  pass(6s, 400_MiB, 0.17);
  const auto slow = watch_.now();
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->job, large.id);
  EXPECT_EQ(slow->lasted, 15s);
  EXPECT_EQ(slow->read_again, 6000_MiB);
  EXPECT_EQ(slow->has, 150_MiB);
  EXPECT_EQ(slow->limit, 160_MiB);
  EXPECT_EQ(longest(), 15s);
  EXPECT_EQ(area_.thrashing.job, static_cast<std::uint32_t>(large.id));
  EXPECT_EQ(area_.thrashing.limit.load(), 160_MiB);
}

// A linker beside page cache that somebody else takes.
TEST_F(ThrashingOf, FarBelowTheLimitNobodyDoes) {
  used_ = 110_MiB;
  add_running(105_MiB);
  pass(30s, 400_MiB, 0.9);
  EXPECT_FALSE(watch_.now());
}

TEST_F(ThrashingOf, ABuildThatStandsStillAndReadsLittleDoesNot) {
  add_running(150_MiB);
  pass(1000s, 1_MiB, 0.9);
  EXPECT_FALSE(watch_.now());
  EXPECT_EQ(longest(), 0s);
}

TEST_F(ThrashingOf, ABuildThatReadsMuchAndGetsOnDoesNot) {
  add_running(150_MiB);
  pass(60s, 35_MiB, 0.05);
  EXPECT_FALSE(watch_.now());
  EXPECT_EQ(longest(), 0s);
}

TEST_F(ThrashingOf, FromFastStorageItTakesTheProcessorsAndStandsStillForLittle) {
  add_running(150_MiB);
  pass(16s, 250_MiB, 0.07);
  EXPECT_TRUE(watch_.now());
}

TEST_F(ThrashingOf, WhoReadsItsInputsOnceMoreDoesNot) {
  add_running(150_MiB);
  pass(26s, 40_MiB, 0.9);
  EXPECT_FALSE(watch_.now()) << "1000 MiB";
  pass(5s, 40_MiB, 0.9);
  ASSERT_TRUE(watch_.now());
  EXPECT_EQ(longest(), 30s);
}

TEST_F(ThrashingOf, WhereSeveralFamiliesHaveMemoryTheOthersAreStoppedFirst) {
  add_running(70_MiB);
  add_running(80_MiB);
  pass(16s, 400_MiB, 0.9);
  EXPECT_FALSE(watch_.now());
}

TEST_F(ThrashingOf, AFamilyCountsAsAWholeAndItsLargestIsNamed) {
  LiveJob& rustc = add_running(60_MiB);
  LiveJob& linker = add_running(90_MiB);
  linker.record->family = rustc.record->family;
  pass(16s, 400_MiB, 0.9);
  ASSERT_TRUE(watch_.now());
  EXPECT_EQ(watch_.now()->job, linker.id);
}

// A build server that is no job may have what the job lacks.
TEST_F(ThrashingOf, WhatIsNoJobCounts) {
  add_running(60_MiB);
  pass(16s, 400_MiB, 0.9);
  EXPECT_FALSE(watch_.now());
}

TEST_F(ThrashingOf, WhatIsFrozenCountsAndIsNotTheOne) {
  add_running(60_MiB);
  LiveJob& frozen = add(JobPhase::frozen, 0s);
  frozen.exec = LiveJob::Exec::done;
  frozen.memory = 400_MiB;
  pass(16s, 400_MiB, 0.9);
  EXPECT_FALSE(watch_.now());
}

TEST_F(ThrashingOf, EndsAndTheLongestIsKept) {
  const LiveJob& job = add_running(150_MiB);
  pass(31s, 200_MiB, 0.9);
  pass(10s, 0_B, 0);
  EXPECT_FALSE(watch_.now());
  const Duration first = longest();
  EXPECT_GE(first, 30s);
  pass(22s, 200_MiB, 0.9);
  EXPECT_TRUE(watch_.now());
  EXPECT_EQ(longest(), first);
  EXPECT_EQ(area_.thrashing.job, static_cast<std::uint32_t>(job.id));
}

TEST_F(ThrashingOf, AnotherOneBeginsAnew) {
  const LiveJob& first = add_running(150_MiB);
  pass(11s, 200_MiB, 0.9);
  jobs_.remove(first.id, report::Outcome::done, now_);
  const LiveJob& second = add_running(150_MiB);
  pass(16s, 200_MiB, 0.9);
  ASSERT_TRUE(watch_.now());
  EXPECT_EQ(watch_.now()->job, second.id);
  EXPECT_LE(longest(), 20s);
}

// A cgroup that was made anew, or a kernel whose counters begin again.
TEST_F(ThrashingOf, CountersThatFallAreNothingThatWasRead) {
  add_running(150_MiB);
  pass(6s, 200_MiB, 0.9);
  read_again_ = 0_B;
  pass(15s, 200_MiB, 0.9);
  ASSERT_TRUE(watch_.now());
  EXPECT_GT(watch_.now()->read_again, 1_GiB);
  EXPECT_LE(watch_.now()->lasted, 15s);
}

}  // namespace
}  // namespace memguard::supervisor
