// Limits of groups above, from files as kernels write them.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroup/limits.h"
#include "temporary_folder.h"

namespace memguard::cgroup {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class Limits : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(top_ + "/a/b"); }
  void write(const std::string& file, const std::string& text) { std::ofstream(top_ + "/" + file) << text; }
  TemporaryFolder folder_;
  std::string top_ = folder_.path();
};

TEST_F(Limits, NoneIsEmpty) {
  write("a/memory.max", "max\n");
  EXPECT_THAT(limits_v2(top_ + "/a/b", top_), IsEmpty());
}

TEST_F(Limits, EachGroupUpToTheTopCounts) {
  write("memory.max", "300\n");
  write("a/memory.max", "max\n");
  write("a/b/memory.max", "100\n");
  const auto limits = limits_v2(top_ + "/a/b", top_);
  ASSERT_THAT(limits, SizeIs(2));
  EXPECT_EQ(limits[0].limit, Bytes{100});
  EXPECT_EQ(limits[0].path, top_ + "/a/b");
  EXPECT_EQ(limits[1].limit, Bytes{300});
  EXPECT_EQ(limits[1].path, top_);
}

TEST_F(Limits, MemoryHighOfEachGroupCountsBesideMemoryMax) {
  write("a/memory.max", "500\n");
  write("a/memory.high", "300\n");
  write("memory.high", "400\n");
  write("a/memory.current", "120\n");
  const auto limits = limits_v2(top_ + "/a/b", top_);
  ASSERT_THAT(limits, SizeIs(3));
  EXPECT_EQ(name_of(limits[0]), "memory.max of " + top_ + "/a");
  EXPECT_FALSE(limits[0].throttles());
  EXPECT_EQ(name_of(limits[1]), "memory.high of " + top_ + "/a");
  EXPECT_TRUE(limits[1].throttles());
  EXPECT_EQ(limits[1].limit, Bytes{300});
  EXPECT_EQ(limits[1].available, Bytes{180});
  EXPECT_EQ(limits[2].limit, Bytes{400});
}

// Who is above it has to come down, by how much says the number.
TEST_F(Limits, AvailableBelowAPassedMemoryHighIsNegative) {
  write("a/memory.high", "1000\n");
  write("a/memory.current", "1300\n");
  EXPECT_EQ(limits_v2(top_ + "/a", top_)[0].available, Bytes{-300});
}

TEST_F(Limits, LockedFilesAreNotAvailable) {
  write("a/memory.max", "1000\n");
  write("a/memory.current", "700\n");
  write("a/memory.stat", "anon 300\nfile 350\nshmem 100\ninactive_file 20\nactive_file 30\n");
  EXPECT_EQ(limits_v2(top_ + "/a", top_)[0].available, Bytes{1000 - 700 + 50});
}

TEST_F(Limits, SwapLeftIsTheLeastOfAllGroups) {
  EXPECT_TRUE(swap_left(top_ + "/a/b", top_).is_unlimited());
  write("a/memory.swap.max", "300\n");
  write("a/memory.swap.current", "100\n");
  EXPECT_EQ(swap_left(top_ + "/a/b", top_), Bytes{200});
  write("a/b/memory.swap.max", "0\n");
  write("a/b/memory.swap.current", "10\n");
  EXPECT_EQ(swap_left(top_ + "/a/b", top_), Bytes{});
}

TEST_F(Limits, CacheIsAvailableAndTmpfsIsNot) {
  write("a/memory.max", "1000\n");
  write("a/memory.current", "700\n");
  write("a/memory.stat", "anon 300\nfile 350\nkernel 50\nshmem 150\nslab_reclaimable 20\n");
  const auto limits = limits_v2(top_ + "/a", top_);
  ASSERT_THAT(limits, SizeIs(1));
  EXPECT_EQ(limits[0].available, Bytes{1000 - 700 + (350 - 150) + 20});
}

TEST_F(Limits, AvailableIsBetweenNothingAndTheLimit) {
  write("a/memory.max", "1000\n");
  write("a/memory.current", "1300\n");
  EXPECT_EQ(limits_v2(top_ + "/a", top_)[0].available, Bytes{});
  write("a/memory.current", "10\n");
  write("a/memory.stat", "anon 0\nfile 5000\n");
  EXPECT_EQ(limits_v2(top_ + "/a", top_)[0].available, Bytes{1000});
}

TEST_F(Limits, GroupThatVanishedSetsNone) {
  write("memory.max", "300\n");
  EXPECT_THAT(limits_v2(top_ + "/a/gone", top_), SizeIs(1));
}

TEST_F(Limits, V1LimitIsReadWithItsCache) {
  write("a/memory.limit_in_bytes", "1000\n");
  write("a/memory.usage_in_bytes", "900\n");
  write("a/memory.stat",
        "cache 800\ninactive_file 1\ntotal_cache 800\ntotal_inactive_file 300\ntotal_active_file 50\n");
  write("memory.limit_in_bytes", "9223372036854771712\n");
  const auto limits = limits_v1(top_ + "/a/b", top_);
  ASSERT_THAT(limits, SizeIs(1));
  EXPECT_EQ(limits[0].limit, Bytes{1000});
  EXPECT_EQ(limits[0].available, Bytes{1000 - 900 + 350});
  EXPECT_EQ(name_of(limits[0]), "memory.limit_in_bytes of " + top_ + "/a");
}

// It only says from whom memory is taken first when the machine is short of it.
TEST_F(Limits, V1SoftLimitIsNone) {
  write("a/memory.soft_limit_in_bytes", "1000\n");
  EXPECT_THAT(limits_v1(top_ + "/a", top_), IsEmpty());
}

TEST_F(Limits, OfProcessorsTheLeastOfAllGroupsCounts) {
  EXPECT_EQ(processors_v2(top_ + "/a/b", top_), std::nullopt);
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(processors_v2(top_ + "/a/b", top_), std::nullopt);
  write("a/cpu.max", "150000 100000\n");
  write("cpu.max", "400000 100000\n");
  EXPECT_EQ(processors_v2(top_ + "/a/b", top_), 1.5);
}

TEST_F(Limits, OfProcessorsInV1NoQuotaIsMinusOne) {
  write("a/cpu.cfs_quota_us", "-1\n");
  write("a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(processors_v1(top_ + "/a", top_), std::nullopt);
  write("a/cpu.cfs_quota_us", "250000\n");
  EXPECT_EQ(processors_v1(top_ + "/a", top_), 2.5);
}

TEST(CpuMaxText, WithoutSenseIsNoLimit) {
  for (const char* text : {"", "max", "100000", "100000 0", "0 100000", "-1 100000", "a b", "1 2 3"})
    EXPECT_EQ(parse_cpu_max(text), std::nullopt) << text;
  EXPECT_EQ(parse_cpu_max("50000 100000\n"), 0.5);
}

TEST(LimitV1Text, AlmostTwoToThe63IsNone) {
  EXPECT_TRUE(parse_limit_v1("9223372036854771712\n")->is_unlimited());  // pages of 4 KiB
  EXPECT_TRUE(parse_limit_v1("9223372036854710272\n")->is_unlimited());  // pages of 64 KiB
  EXPECT_TRUE(parse_limit_v1("18446744073709551615\n")->is_unlimited());
  EXPECT_EQ(*parse_limit_v1("8589934592\n"), Bytes{8589934592});
  EXPECT_FALSE(parse_limit_v1("max\n"));
}

TEST_F(Limits, AreReadAgainFromGroupsThatWereFoundOnce) {
  // As if we were in the root of a cgroup namespace, whose path is not shown.
  write("memory.max", "1000\n");
  write("memory.current", "300\n");
  LimitsAbove above(top_);
  ASSERT_THAT(above.read(), SizeIs(1));
  EXPECT_EQ(above.read()[0].available, Bytes{700});
  write("memory.max", "2000\n");
  write("memory.current", "400\n");
  EXPECT_EQ(above.read()[0].available, Bytes{1600});
  write("memory.max", "max\n");
  EXPECT_THAT(above.read(), IsEmpty());
}

TEST(LimitsAbove, AreSortedTightestFirst) {
  const auto limits = LimitsAbove().read();
  EXPECT_TRUE(std::is_sorted(limits.begin(), limits.end(),
                             [](const auto& a, const auto& b) { return a.available < b.available; }));
  for (const auto& limit : limits) EXPECT_FALSE(limit.limit.is_unlimited());
}

}  // namespace
}  // namespace memguard::cgroup
