#include "supervisor/live/job_reading.h"
#include "base/pinned.h"
#include "supervisor/live/live_jobs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

constexpr std::size_t kMiB = std::size_t{1} << 20U;

/// Memory of this process, which stands for the job; given back as part of it and as a whole.
class Taken : Pinned {
 public:
  explicit Taken(std::size_t size)
      : size_(size),
        memory_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {}
  ~Taken() { ::munmap(memory_, size_); }
  void give_back() { ::madvise(memory_, size_, MADV_DONTNEED); }

 private:
  std::size_t size_;
  void* memory_;
};

class JobReading : public testing::Test {
 protected:
  static Instant at(Duration d) { return Instant(d); }

  JobReading() {
    ExecFacts facts{};
    facts.process = {::getpid(), proc::read_stat(::getpid())->start_ticks};
    facts.program.set("rustc");
    job_ = jobs_.add(facts, jobs_.new_family(), at(0s));
    job_->record->phase = JobPhase::running;
    job_->pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    // Old enough to be read in full every two seconds only, and twice, because the first time its start shows.
    read_in_full(*job_, at(100s));
    read_in_full(*job_, at(100s));
  }

  /// What is seen of memory that is taken before the next short reading.
  Bytes seen_of(std::size_t size) {
    const Bytes before = job_->memory;
    const Taken taken(size);
    read_shortly(*job_, at(101s));
    return job_->memory - before;
  }

  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  LiveJob* job_ = nullptr;
};

TEST_F(JobReading, WhatHasNotMovedIsNotReadInFull) {
  read_shortly(*job_, at(101s));
  EXPECT_EQ(job_->in_full.at, at(100s));
  EXPECT_EQ(job_->record->measured_at, at(101s));
}

TEST_F(JobReading, AfterTwoSecondsItIsReadInFullAnyway) {
  read_shortly(*job_, at(102s));
  EXPECT_EQ(job_->in_full.at, at(102s));
}

TEST_F(JobReading, AYoungJobIsReadInFullEvery16thOfItsLife) {
  EXPECT_EQ(full_reading_interval(*job_->record, at(10s)), 625ms);
  EXPECT_EQ(full_reading_interval(*job_->record, at(1ms)), 2ms);
  EXPECT_EQ(full_reading_interval(*job_->record, at(100s)), 2s);
  job_->record->held = 90s;
  EXPECT_EQ(full_reading_interval(*job_->record, at(100s)), 625ms);
}

TEST_F(JobReading, WhatHasGrownIsReadInFull) {
  EXPECT_GE(seen_of(64 * kMiB), 60_MiB);
  EXPECT_EQ(job_->in_full.at, at(101s));
}

// The peak between two looks is what VmHWM tells: it must not be missed because as much is there as before.
TEST_F(JobReading, WhatShrankIsReadInFullWithThePeakItHadBetween) {
  Taken taken(64 * kMiB);
  read_in_full(*job_, at(100s));
  const Bytes before = job_->record->peak;
  { const Taken more(64 * kMiB); }
  taken.give_back();
  read_shortly(*job_, at(101s));
  EXPECT_EQ(job_->in_full.at, at(101s));
  read_in_full(*job_, at(102s));
  EXPECT_GE(job_->record->peak - before, 48_MiB);
}

TEST_F(JobReading, SmallChangesAreSeenWithoutReadingInFull) {
  const Taken taken(256 * kMiB);
  read_in_full(*job_, at(100s));
  EXPECT_GE(seen_of(4 * kMiB), 3_MiB);
  EXPECT_EQ(job_->in_full.at, at(100s));
}

TEST_F(JobReading, EachReadingIsPartOfItsShape) {
  const std::uint32_t before = job_->record->shape.readings;
  read_shortly(*job_, at(101s));
  EXPECT_EQ(job_->record->shape.readings, before + 1);
  read_in_full(*job_, at(102s));
  EXPECT_EQ(job_->record->shape.readings, before + 2);
  EXPECT_EQ(job_->record->shape.last_kib, job_->memory.count >> 10U);
}

TEST_F(JobReading, CpuTimeIsReadEachTime) {
  const Duration before = job_->record->cpu;
  while (*proc::CpuClock(::getpid()).read() < before + 5ms) {}
  read_shortly(*job_, at(101s));
  EXPECT_EQ(job_->in_full.at, at(100s));
  EXPECT_GE(job_->record->cpu, before + 5ms);
}

}  // namespace
}  // namespace memguard::supervisor
