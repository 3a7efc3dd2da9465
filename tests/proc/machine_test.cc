// /proc/meminfo and pressure files.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proc/lines.h"
#include "proc/machine.h"

namespace memguard::proc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMemInfo =
    "MemTotal:        1010040 kB\nMemFree:          993956 kB\nMemAvailable:     990544 kB\nBuffers:               0 "
    "kB\n"
    "SwapCached:            1 kB\nSwapTotal:       2097148 kB\nSwapFree:        2000000 kB\nHugePages_Total:       0\n";

TEST(MemInfoText, SizesAreRead) {
  const auto info = parse_meminfo(kMemInfo);
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->total, Bytes{1010040 * 1024LL});
  EXPECT_EQ(info->available, Bytes{990544 * 1024LL});
  EXPECT_EQ(info->swap_total, Bytes{2097148 * 1024LL});
  EXPECT_EQ(info->swap_free, Bytes{2000000 * 1024LL});
}

TEST(MemInfoText, MissingLineIsNamed) {
  const auto info = parse_meminfo("MemTotal: 1 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
  ASSERT_FALSE(info);
  EXPECT_THAT(info.error().what, HasSubstr("MemAvailable"));
}

TEST(MemInfoText, DoubledLineIsRefused) { EXPECT_FALSE(parse_meminfo(std::string(kMemInfo) + "MemTotal: 5 kB\n")); }

TEST(MemInfoText, TruncationIsRefused) {
  const std::string whole = kMemInfo;
  const auto needed = whole.find("HugePages");
  for (std::size_t length = 0; length < needed; ++length) EXPECT_FALSE(parse_meminfo(whole.substr(0, length)));
}

constexpr const char* kNode =
    "Node 0 MemTotal:       23554260 kB\nNode 0 MemFree:        18763016 kB\nNode 0 Active:          2027440 kB\n"
    "Node 0 Active(file):    2025776 kB\nNode 0 Inactive(file):  1437312 kB\nNode 0 SReclaimable:     710660 kB\n"
    "Node 0 HugePages_Total:     0\n";

TEST(NodeMemInfoText, WhatIsAvailableIsCounted) {
  const auto info = parse_node_meminfo(kNode);
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->total, Bytes{23554260 * 1024LL});
  EXPECT_EQ(info->available, Bytes{(18763016 + 2025776 + 1437312 + 710660 / 2) * 1024LL});
}

TEST(NodeMemInfoText, MissingLineIsNamed) {
  const auto info = parse_node_meminfo("Node 12 MemTotal: 1 kB\nNode 12 MemFree: 1 kB\nshort\n\n");
  ASSERT_FALSE(info);
  EXPECT_THAT(info.error().what, HasSubstr("Active(file)"));
}

TEST(DirectReclaimsText, AllZonesAndCompactionCount) {
  const auto count = parse_direct_reclaims(
      "nr_free_pages 7\nallocstall_dma32 1\nallocstall_normal 20\nallocstall_movable 300\ncompact_stall 4000\n");
  ASSERT_TRUE(count) << count.error().text();
  EXPECT_EQ(*count, 4321U);
}

TEST(DirectReclaimsText, WithoutACountIsRefused) {
  EXPECT_FALSE(parse_direct_reclaims("nr_free_pages 7\n"));
  EXPECT_FALSE(parse_direct_reclaims("allocstall_normal x\n"));
  EXPECT_FALSE(parse_direct_reclaims("allocstall_normal 20"));
}

TEST(DirectReclaims, ThisMachineTells) { EXPECT_TRUE(read_direct_reclaims()); }

TEST(MemInfo, ThisMachineHasMemory) {
  const auto info = read_meminfo();
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_GT(info->total, Bytes{});
  EXPECT_LE(info->available, info->total);
}

TEST(PressureText, TotalsAreMicroseconds) {
  const auto pressure = parse_pressure(
      "some avg10=0.22 avg60=0.17 avg300=1.11 total=58761459\nfull avg10=0.23 avg60=0.16 avg300=1.08 total=58464525\n");
  ASSERT_TRUE(pressure) << pressure.error().text();
  EXPECT_EQ(pressure->some, std::chrono::microseconds(58761459));
  EXPECT_EQ(pressure->full, std::chrono::microseconds(58464525));
}

TEST(PressureText, UnknownFieldsAndLinesAreSkipped) {
  EXPECT_TRUE(parse_pressure("some new=1 total=5 later=x\nirq total=9\nirq total=9\nfull total=6\n"));
}

TEST(PressureText, MissingTotalIsRefused) {
  EXPECT_FALSE(parse_pressure("some avg10=0.22\nfull total=1\n"));
  EXPECT_FALSE(parse_pressure("some total=1\n"));
  EXPECT_FALSE(parse_pressure(""));
}

TEST(PressureText, DoubledTotalIsRefused) {
  EXPECT_FALSE(parse_pressure("some total=1 total=1\nfull total=1\n"));
  EXPECT_FALSE(parse_pressure("some total=1\nsome total=2\nfull total=1\n"));
}

TEST(PressureText, TotalThatDoesNotFitIsRefused) {
  EXPECT_FALSE(parse_pressure("some total=9223372036854775807\nfull total=1\n"));
  EXPECT_FALSE(parse_pressure("some total=-1\nfull total=1\n"));
  EXPECT_FALSE(parse_pressure("some total=\nfull total=1\n"));
}

TEST(PressureText, TruncationIsRefused) { EXPECT_FALSE(parse_pressure("some total=12\nfull total=3")); }

TEST(Pressure, IsReadOrSaidToBeOff) {
  const auto pressure = read_machine_pressure();
  if (!pressure && pressure.error().code == ENOENT) GTEST_SKIP() << "needs a kernel with PSI (CONFIG_PSI)";
  if (!pressure && pressure.error().code == EOPNOTSUPP) GTEST_SKIP() << "needs PSI switched on (psi=1)";
  ASSERT_TRUE(pressure) << pressure.error().text();
  EXPECT_GE(pressure->some, pressure->full);
}

TEST(Processors, AreAtLeastOne) { EXPECT_GE(usable_processors(), 1); }

TEST(Split, LeavesEmptyPartsOut) {
  EXPECT_THAT(split("  a  bc ", " "), ElementsAre("a", "bc"));
  EXPECT_THAT(split("a\tb c", "\t "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split("", " "), IsEmpty());
  EXPECT_THAT(split("   ", " "), IsEmpty());
}

TEST(Refusal, ShowsNoControlCharacters) {
  EXPECT_THAT(refuse("x", "a\x1b[31m\nb").value().what, HasSubstr("\"a?[31m?b\""));
}

}  // namespace
}  // namespace memguard::proc
