// Control files as kernels write them, and as they never should.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroup/group.h"

namespace memguard::cgroup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Linux 6.12, beginning and part of the middle.
constexpr std::string_view kStat =
    "anon 12288\nfile 157417472\nkernel 913408\nkernel_stack 16384\npagetables 8192\nsec_pagetables 0\npercpu 0\n"
    "sock 0\nvmalloc 0\nshmem 157286400\nzswap 0\nfile_mapped 7340032\nslab_reclaimable 512000\nslab_unreclaimable "
    "100000\nslab 612000\n";

TEST(MemoryStatText, FieldsAreFoundByTheirWholeName) {
  const auto stat = parse_memory_stat(kStat);
  ASSERT_TRUE(stat) << stat.error().text();
  EXPECT_EQ(stat->anon, Bytes{12288});
  EXPECT_EQ(stat->file, Bytes{157417472});
  EXPECT_EQ(stat->kernel, Bytes{913408});
  EXPECT_EQ(stat->shmem, Bytes{157286400});
  EXPECT_EQ(stat->slab_reclaimable, Bytes{512000});
  EXPECT_EQ(stat->file_mapped, Bytes{7340032});
}

TEST(MemoryStatText, UnreclaimableIsWithoutCacheAndReclaimableSlab) {
  EXPECT_EQ(parse_memory_stat(kStat)->unreclaimable(), Bytes{12288 + 157286400 + 913408 - 512000});
}

TEST(MemoryStatText, UnreclaimableIsNeverBelowAnonAndShmem) {
  // Before 5.18 there is no `kernel`, while the slab is there.
  const auto stat = parse_memory_stat("anon 100\nfile 50\nshmem 20\nslab_reclaimable 7000\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->unreclaimable(), Bytes{120});
}

TEST(MemoryStatText, BuffersOfSocketsAndHugePagesAreHeld) {
  const auto stat = parse_memory_stat("anon 100\nfile 50\nkernel 40\nshmem 20\nsock 7000\nhugetlb 300\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->held(), Bytes{20 + 40 + 7000 + 300});
  EXPECT_EQ(stat->unreclaimable(), Bytes{100 + 20 + 40 + 7000 + 300});
}

// mlock(2), ramfs, memfd_secret(2): page cache that is on no list from which the kernel reclaims.
TEST(MemoryStatText, LockedFilesAreHeld) {
  const auto stat = parse_memory_stat("anon 100\nfile 900\nshmem 200\ninactive_file 50\nactive_file 150\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->locked_files(), Bytes{500});
  EXPECT_EQ(stat->unreclaimable(), Bytes{100 + 200 + 500});
  EXPECT_EQ(stat->reclaimable(), Bytes{200});
}

TEST(MemoryStatText, CacheOfWhichNoListIsToldCanBeReclaimed) {
  const auto stat = parse_memory_stat("anon 100\nfile 900\nshmem 200\nslab_reclaimable 5\n");
  EXPECT_EQ(stat->locked_files(), Bytes{});
  EXPECT_EQ(stat->reclaimable(), Bytes{700 + 5});
}

// Linux 5.10, where `kernel` is missing.
TEST(MemoryStatText, KernelMemoryOfOldKernelsIsTheSumOfItsParts) {
  const auto stat = parse_memory_stat(
      "anon 1\nfile 0\nkernel_stack 10\npercpu 20\nsock 5\nshmem 0\nslab_reclaimable 400\nslab_unreclaimable 40\n"
      "slab 440\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->kernel, Bytes{10 + 20 + 400 + 40});
  EXPECT_EQ(stat->held(), Bytes{10 + 20 + 40 + 5});
}

TEST(MemoryStatText, SumsOfNonsenseAreNumbers) {
  const auto stat = parse_memory_stat(
      "anon 9223372036854775807\nfile 9223372036854775807\nkernel 9223372036854775807\n"
      "shmem 9223372036854775807\nsock 9223372036854775807\nhugetlb 9223372036854775807\n");
  ASSERT_TRUE(stat);
  EXPECT_GT(stat->unreclaimable(), Bytes{});
}

TEST(MemoryStatText, MissingAnonIsRefused) { EXPECT_FALSE(parse_memory_stat("file 50\nshmem 20\n")); }

TEST(MemoryStatText, DoubledFieldIsRefused) {
  const auto stat = parse_memory_stat("anon 1\nfile 2\nanon 3\n");
  ASSERT_FALSE(stat);
  EXPECT_THAT(stat.error().what, HasSubstr("anon"));
}

TEST(MemoryStatText, DoubledUnknownFieldIsSkipped) {
  EXPECT_TRUE(parse_memory_stat("anon 1\nfile 2\nnew_thing 1\nnew_thing 2\n"));
}

TEST(MemoryStatText, TextCutOffIsRefused) {
  EXPECT_FALSE(parse_memory_stat("anon 1\nfile 157417"));
  EXPECT_FALSE(parse_memory_stat(""));
}

TEST(MemoryStatText, NumberThatDoesNotFitIsRefused) {
  EXPECT_FALSE(parse_memory_stat("anon 9223372036854775808\nfile 2\n"));
  EXPECT_TRUE(parse_memory_stat("anon 9223372036854775807\nfile 2\n"));
  EXPECT_FALSE(parse_memory_stat("anon -1\nfile 2\n"));
  EXPECT_FALSE(parse_memory_stat("anon 0x10\nfile 2\n"));
}

TEST(MemoryEventsText, CountsAreRead) {
  const auto events = parse_memory_events("low 1\nhigh 46200000\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n");
  ASSERT_TRUE(events);
  EXPECT_EQ(events->high, 46200000U);
  EXPECT_EQ(events->max, 3U);
  EXPECT_EQ(events->oom, 4U);
  EXPECT_EQ(events->oom_kill, 5U);
}

TEST(MemoryEventsText, GroupKillIsNotTakenForKill) {
  EXPECT_FALSE(parse_memory_events("low 1\nhigh 2\nmax 3\noom 4\noom_group_kill 6\n"));
}

TEST(CgroupEventsText, BothFlagsAreRead) {
  EXPECT_TRUE(parse_cgroup_events("populated 1\nfrozen 0\n")->populated);
  EXPECT_FALSE(parse_cgroup_events("populated 1\nfrozen 0\n")->frozen);
  EXPECT_TRUE(parse_cgroup_events("populated 0\nfrozen 1\n")->frozen);
  EXPECT_FALSE(parse_cgroup_events("populated 0\nfrozen 1\n")->populated);
}

TEST(CgroupEventsText, KernelWithoutFreezerIsNeverFrozen) {
  EXPECT_FALSE(parse_cgroup_events("populated 1\n")->frozen);
}

TEST(CgroupEventsText, MissingPopulatedIsRefused) { EXPECT_FALSE(parse_cgroup_events("frozen 1\n")); }

TEST(ProcsText, PidsAreReadOneALine) { EXPECT_THAT(*parse_procs("1\n4194303\n"), ElementsAre(1, 4194303)); }

TEST(ProcsText, ProcessOfAnotherPidNamespaceIsLeftOut) { EXPECT_THAT(*parse_procs("0\n12\n0\n"), ElementsAre(12)); }

TEST(ProcsText, EmptyGroupHasNone) { EXPECT_THAT(*parse_procs(""), IsEmpty()); }

TEST(ProcsText, AnythingElseIsRefused) {
  EXPECT_FALSE(parse_procs("12\n34"));
  EXPECT_FALSE(parse_procs("12 34\n"));
  EXPECT_FALSE(parse_procs("-5\n"));
  EXPECT_FALSE(parse_procs("99999999999\n"));
}

TEST(LimitText, MaxIsUnlimited) {
  EXPECT_TRUE(parse_limit("max\n")->is_unlimited());
  EXPECT_TRUE(parse_limit("max")->is_unlimited());
}

TEST(LimitText, NumberIsBytes) {
  EXPECT_EQ(*parse_limit("209715200\n"), Bytes{209715200});
  EXPECT_EQ(*parse_limit("0\n"), Bytes{});
}

TEST(LimitText, AnythingElseIsRefused) {
  for (const auto* text : {"", "\n", "maximum\n", "12 kB\n", "-1\n", "9223372036854775808\n", "1\n2\n"}) {
    EXPECT_FALSE(parse_limit(text)) << text;
  }
}

TEST(ControllersText, NamesAreAsSet) {
  EXPECT_THAT(parse_controllers("cpuset cpu io memory hugetlb pids\n"),
              UnorderedElementsAre("cpuset", "cpu", "io", "memory", "hugetlb", "pids"));
  EXPECT_THAT(parse_controllers("\n"), IsEmpty());
  // "memory" must not be found in "memory_hugetlb".
  EXPECT_FALSE(parse_controllers("memory_hugetlb\n").contains("memory"));
}

}  // namespace
}  // namespace memguard::cgroup
