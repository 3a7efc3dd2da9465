// Who is taken to have what no process shows.
#include "supervisor/memory/unmapped.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;
using testing::HasSubstr;
using testing::IsEmpty;

class UnmappedMemory : public testing::Test {
 protected:
  LiveJob& add(JobPhase phase) {
    LiveJob& job = *jobs_.add(ExecFacts{}, jobs_.new_family(), Instant{});
    job.record->phase = phase;
    job.exec = phase == JobPhase::running ? LiveJob::Exec::done : LiveJob::Exec::pending;
    return job;
  }
  void look(Bytes shmem, Bytes sock = {}) {
    unmapped_.look({.anon = 10_MiB, .file = shmem, .shmem = shmem, .sock = sock}, jobs_);
  }

  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  Unmapped unmapped_{area_};
};

TEST_F(UnmappedMemory, WhatBecomesMoreIsOfThoseThatRun) {
  look(50_MiB);
  LiveJob& one = add(JobPhase::running);
  LiveJob& other = add(JobPhase::running);
  LiveJob& frozen = add(JobPhase::frozen);
  LiveJob& held = add(JobPhase::held);
  one.memory = 5_MiB;
  look(110_MiB);
  EXPECT_EQ(one.unmapped, 30_MiB);
  EXPECT_EQ(other.unmapped, 30_MiB);
  EXPECT_EQ(frozen.unmapped, 0_B);
  EXPECT_EQ(held.unmapped, 0_B);
  EXPECT_EQ(one.record->peak, 35_MiB);
}

TEST_F(UnmappedMemory, WhatWasThereBeforeIsNobodys) {
  LiveJob& job = add(JobPhase::running);
  look(50_MiB);
  look(50_MiB);
  EXPECT_EQ(job.unmapped, 0_B);
}

TEST_F(UnmappedMemory, WhatBecomesLessIsTakenFromThoseThatHaveSomeAndThePeakStays) {
  look(0_B);
  LiveJob& job = add(JobPhase::running);
  look(40_MiB);
  look(10_MiB);
  EXPECT_EQ(job.unmapped, 10_MiB);
  look(0_B);
  EXPECT_EQ(job.unmapped, 0_B);
  EXPECT_EQ(job.record->peak, 40_MiB);
}

TEST_F(UnmappedMemory, MoreThanAnybodyHasMayGo) {
  look(100_MiB);
  LiveJob& job = add(JobPhase::running);
  look(120_MiB);
  look(30_MiB);
  EXPECT_EQ(job.unmapped, 0_B);
}

// A linker that maps what it writes: that is in its own memory already.
TEST_F(UnmappedMemory, WhatAProcessMapsCountsOnce) {
  look(0_B);
  LiveJob& job = add(JobPhase::running);
  job.memory = job.mapped_shmem = 80_MiB;
  look(80_MiB);
  EXPECT_EQ(job.unmapped, 0_B);
}

TEST_F(UnmappedMemory, BuffersOfSocketsCount) {
  look(0_B);
  LiveJob& job = add(JobPhase::running);
  look(0_B, 7_MiB);
  EXPECT_EQ(job.unmapped, 7_MiB);
}

TEST_F(UnmappedMemory, IsToldWhereItWasMuchOfThePeak) {
  look(190_MiB);
  EXPECT_EQ(unmapped_text(area_),
            "Of 200 MiB that were used then, 190 MiB were files in tmpfs (/tmp, /dev/shm, a target folder there) or "
            "shared memory, which stay until they are deleted. On a disk they do not count: see TMPDIR and "
            "CARGO_TARGET_DIR.");
  look(0_B, 290_MiB);
  EXPECT_THAT(unmapped_text(area_), HasSubstr("290 MiB were buffers of sockets"));
}

// 17 of 109 MiB: without them the job had fitted.
TEST_F(UnmappedMemory, IsToldWhereItWasATenth) {
  unmapped_.look({.anon = 92_MiB, .file = 17_MiB, .shmem = 17_MiB}, jobs_);
  EXPECT_THAT(unmapped_text(area_), HasSubstr("Of 109 MiB that were used then, 17.0 MiB were files in tmpfs"));
}

TEST_F(UnmappedMemory, IsNotToldWhereItWasLittle) {
  EXPECT_THAT(unmapped_text(area_), IsEmpty());
  look(1_MiB);
  EXPECT_THAT(unmapped_text(area_), IsEmpty());
}

// Of a build that was tight at first, and at its end because of what its tests wrote.
TEST_F(UnmappedMemory, NearThePeakTheLastLookCounts) {
  look(290_MiB);
  unmapped_.look({.anon = 295_MiB}, jobs_);
  EXPECT_THAT(unmapped_text(area_), IsEmpty());
}

// A job is killed at the limit: the sum of its processes' memory was more than memory.stat told of.
TEST_F(UnmappedMemory, APeakThatOnlyProcessesShowedHidesNothing) {
  look(2_MiB);
  area_.peak = 134_MiB;
  unmapped_.look({.anon = 60_MiB, .file = 44_MiB, .shmem = 44_MiB}, jobs_);
  EXPECT_THAT(unmapped_text(area_), HasSubstr("Of 104 MiB that were used then, 44.0 MiB were files in tmpfs"));
}

}  // namespace
}  // namespace memguard::supervisor
