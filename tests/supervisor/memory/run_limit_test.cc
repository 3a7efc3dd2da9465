#include "supervisor/memory/run_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

config::Config with_memory(const char* size) {
  config::Config config;
  config.memory = {config::parse_size(size).value(), "--memory"};
  return config;
}

MemoryAround machine(Bytes total, Bytes available) {
  return {.machine = {.total = total, .available = available, .swap_total = {}, .swap_free = {}}, .above = {}};
}

MemoryAround below(MemoryAround around, Bytes limit, Bytes available) {
  around.above.push_back({.limit = limit, .available = available, .path = "/sys/fs/cgroup/ci"});
  return around;
}

TEST(AutomaticLimit, IsWhatIsAvailableLessAMargin) {
  const auto limit = choose_limit({}, machine(16_GiB, 12_GiB)).value();
  EXPECT_EQ(limit.wall, 12_GiB - 512_MiB);
  EXPECT_THAT(limit.origin.text, HasSubstr("12.0 GiB"));
  EXPECT_EQ(limit.origin.setter, report::LimitSetter::machine);
}

TEST(AutomaticLimit, TakesATwentiethAsMarginOnASmallMachine) {
  EXPECT_EQ(choose_limit({}, machine(2000_MiB, 1000_MiB))->wall, 900_MiB);
}

TEST(AutomaticLimit, IsWhatTheContainerHasLeftWhenThatIsLess) {
  const auto limit = choose_limit({}, below(machine(64_GiB, 60_GiB), 4000_MiB, 3000_MiB)).value();
  EXPECT_EQ(limit.wall, 2800_MiB);
  EXPECT_THAT(limit.origin.text, HasSubstr("/sys/fs/cgroup/ci"));
  EXPECT_EQ(limit.origin.setter, report::LimitSetter::group);
  EXPECT_EQ(limit.origin.group, "memory.max of /sys/fs/cgroup/ci");
}

MemoryAround below_high(MemoryAround around, Bytes limit, Bytes available) {
  around.above.push_back({.limit = limit, .available = available, .path = "/sys/fs/cgroup/ci", .file = "memory.high"});
  return around;
}

TEST(AutomaticLimit, IsBelowAMemoryHighAboveAndNamesIt) {
  const auto limit = choose_limit({}, below_high(machine(64_GiB, 60_GiB), 4000_MiB, 3000_MiB)).value();
  EXPECT_EQ(limit.wall, 2800_MiB);
  EXPECT_EQ(limit.origin.text, "what memory.high of /sys/fs/cgroup/ci has left (2.9 GiB of 3.9 GiB) less 200 MiB");
  EXPECT_EQ(limit.origin.group, "memory.high of /sys/fs/cgroup/ci");
}

TEST(AutomaticLimit, IsTheLeastOfAllAboveAfterTheirMargins) {
  auto around = below_high(machine(64_GiB, 60_GiB), 1000_MiB, 950_MiB);
  around = below(around, 4000_MiB, 1000_MiB);
  EXPECT_EQ(choose_limit({}, around)->wall, 800_MiB);
}

TEST(AutomaticLimit, IsNotRefusedOnAMachineThatIsFullNow) {
  const auto limit = choose_limit({}, machine(16_GiB, 10_MiB)).value();
  EXPECT_EQ(limit.wall, 32_MiB);
  EXPECT_THAT(limit.origin.text, testing::EndsWith(", but no less than 32.0 MiB"));
}

TEST(GivenLimit, IsTakenAsItIs) {
  const auto limit = choose_limit(with_memory("3GiB"), machine(16_GiB, 12_GiB)).value();
  EXPECT_EQ(limit.wall, 3_GiB);
  EXPECT_EQ(limit.origin.text, "--memory");
  EXPECT_EQ(limit.origin.setter, report::LimitSetter::user);
  EXPECT_EQ(limit.origin.most, 16_GiB);
  EXPECT_EQ(limit.origin.group, "");
}

TEST(GivenLimit, KnowsWhatACgroupAboveAllows) {
  const auto limit = choose_limit(with_memory("3GiB"), below(machine(16_GiB, 12_GiB), 4_GiB, 4_GiB)).value();
  EXPECT_EQ(limit.origin.setter, report::LimitSetter::user);
  EXPECT_EQ(limit.origin.most, 4_GiB);
  EXPECT_EQ(limit.origin.group, "memory.max of /sys/fs/cgroup/ci");
}

TEST(GivenLimit, APercentageIsOfWhatTheContainerMayHave) {
  EXPECT_EQ(choose_limit(with_memory("50%"), machine(16_GiB, 12_GiB))->wall, 8_GiB);
  EXPECT_EQ(choose_limit(with_memory("50%"), below(machine(16_GiB, 12_GiB), 4_GiB, 1_GiB))->wall, 2_GiB);
}

TEST(GivenLimit, TooSmallForAnyBuildIsRefused) {
  const auto limit = choose_limit(with_memory("10MiB"), machine(16_GiB, 12_GiB));
  ASSERT_FALSE(limit);
  EXPECT_THAT(limit.error().text(), HasSubstr("at least 32.0 MiB"));
}

TEST(GivenLimit, AboveWhatTheParentAllowsIsRefusedByName) {
  const auto limit = choose_limit(with_memory("8GiB"), below(machine(16_GiB, 12_GiB), 4_GiB, 4_GiB));
  ASSERT_FALSE(limit);
  EXPECT_THAT(limit.error().text(), HasSubstr("/sys/fs/cgroup/ci allows (4.0 GiB)"));
}

// It ends nothing, so it must not stop a build from being tried; above it nothing would end by itself either.
TEST(GivenLimit, AboveAMemoryHighIsLoweredWithARemark) {
  for (const char* origin : {"--memory", "MEMGUARD_MEMORY"}) {
    auto config = with_memory("8GiB");
    config.memory.origin = origin;
    const auto limit = choose_limit(config, below_high(machine(16_GiB, 12_GiB), 1000_MiB, 600_MiB));
    ASSERT_TRUE(limit) << limit.error().text();
    EXPECT_EQ(limit->wall, 950_MiB);
    EXPECT_EQ(limit->origin.setter, report::LimitSetter::group);
    EXPECT_EQ(limit->origin.group, "memory.high of /sys/fs/cgroup/ci");
    EXPECT_THAT(limit->remarks,
                ElementsAre(origin + std::string(": a limit of 8.0 GiB is more than memory.high of /sys/fs/cgroup/ci "
                                                 "(1000 MiB), above which the kernel slows a build down until it "
                                                 "stands. 950 MiB is taken.")));
  }
}

TEST(GivenLimit, BelowAMemoryHighIsTakenAsItIs) {
  const auto limit = choose_limit(with_memory("1GiB"), below_high(machine(16_GiB, 12_GiB), 1_GiB, 1_GiB)).value();
  EXPECT_EQ(limit.wall, 1_GiB);
  EXPECT_THAT(limit.remarks, IsEmpty());
}

TEST(GivenLimit, AboveWhatTheMachineHasIsRefused) {
  EXPECT_THAT(choose_limit(with_memory("17GiB"), machine(16_GiB, 12_GiB)).error().text(), HasSubstr("machine has"));
}

// Where a setting may have been written for another machine.
class LimitOfAFile : public testing::TestWithParam<const char*> {
 protected:
  static config::Config wanting(const char* size) {
    config::Config config = with_memory(size);
    config.memory.origin = GetParam();
    return config;
  }
};

INSTANTIATE_TEST_SUITE_P(, LimitOfAFile,
                         testing::Values("Cargo.toml: workspace.metadata.memguard", "~/.config/memguard/config.json"));

TEST_P(LimitOfAFile, IsLoweredToWhatTheMachineCanGive) {
  const auto limit = choose_limit(wanting("64GiB"), machine(16_GiB, 12_GiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_EQ(limit->wall, 12_GiB - 512_MiB);
  EXPECT_EQ(limit->origin.text, "what the machine has available (12.0 GiB) less 512 MiB");
  EXPECT_EQ(limit->origin.setter, report::LimitSetter::machine);
  EXPECT_THAT(limit->remarks,
              ElementsAre(GetParam() + std::string(": memory: a limit of 64.0 GiB is more than this machine has (16.0 "
                                                   "GiB). 11.5 GiB is taken: what the machine has available (12.0 "
                                                   "GiB) less 512 MiB.")));
}

TEST_P(LimitOfAFile, IsLoweredToWhatTheContainerCanGive) {
  const auto limit = choose_limit(wanting("8GiB"), below(machine(16_GiB, 12_GiB), 4000_MiB, 3000_MiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_EQ(limit->wall, 2800_MiB);
  EXPECT_THAT(limit->remarks,
              ElementsAre(HasSubstr("a limit of 8.0 GiB is more than memory.max of /sys/fs/cgroup/ci allows")));
}

TEST_P(LimitOfAFile, IsPassedOverWhereItIsTooSmallForAnyBuild) {
  const auto limit = choose_limit(wanting("100% - 1GiB"), machine(1_GiB, 800_MiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_GT(limit->wall, 700_MiB);
  EXPECT_THAT(limit->remarks, ElementsAre(HasSubstr("too small for any build")));
}

TEST_P(LimitOfAFile, IsTakenWithoutAWordWhereItFits) {
  const auto limit = choose_limit(wanting("3GiB"), machine(16_GiB, 12_GiB));
  EXPECT_EQ(limit->wall, 3_GiB);
  EXPECT_THAT(limit->remarks, IsEmpty());
}

TEST(GivenLimit, FromAVariableIsAsStrictAsFromAnOption) {
  auto config = with_memory("64GiB");
  config.memory.origin = "MEMGUARD_MEMORY";
  EXPECT_THAT(choose_limit(config, machine(16_GiB, 12_GiB)).error().text(), StartsWith("MEMGUARD_MEMORY: a limit of"));
}

config::Config keeping_free(const char* size, const std::string& origin) {
  config::Config config;
  config.keep_free = {config::parse_size(size).value(), origin};
  return config;
}

TEST(KeepFree, ThatLeavesNothingForTheBuildIsRefused) {
  for (const char* origin : {"--keep-free", "MEMGUARD_KEEP_FREE"}) {
    const auto limit = choose_limit(keeping_free("16GiB", origin), machine(16_GiB, 12_GiB));
    ASSERT_FALSE(limit);
    EXPECT_EQ(limit.error().text(),
              origin + std::string(": to keep 16.0 GiB free leaves the build less than 32.0 MiB: 12.0 GiB of 16.0 GiB "
                                   "are free now. Keep less."));
  }
}

// Others come and go: that is what it is for.
TEST(KeepFree, OfWhichOthersHaveSomeNowIsSaid) {
  const auto limit = choose_limit(keeping_free("12GiB", "--keep-free"), machine(16_GiB, 12_GiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_THAT(limit->remarks, ElementsAre(StartsWith("--keep-free: to keep 12.0 GiB free leaves")));
}

TEST(KeepFree, ThatLeavesTheSmallestLimitIsTaken) {
  const auto limit = choose_limit(keeping_free("12GiB", "--keep-free"), machine(16_GiB, 12_GiB + 32_MiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_EQ(limit->keep_free, 12_GiB);
  EXPECT_EQ(limit->origin.kept_free, 12_GiB);
  EXPECT_THAT(limit->remarks, IsEmpty());
}

// To keep less would gain nothing.
TEST(KeepFree, ThatIsNoMoreThanAnyBuildLeavesIsNotNamedInAdvice) {
  const auto limit = choose_limit(keeping_free("512MiB", "--keep-free"), machine(16_GiB, 12_GiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_EQ(limit->keep_free, 512_MiB);
  EXPECT_EQ(limit->origin.kept_free, 0_B);
}

TEST(KeepFree, OfAFileStopsNoBuild) {
  const auto limit = choose_limit(keeping_free("100%", "memguard.json"), machine(16_GiB, 12_GiB));
  ASSERT_TRUE(limit) << limit.error().text();
  EXPECT_THAT(limit->remarks, ElementsAre(StartsWith("memguard.json: to keep 16.0 GiB free leaves")));
}

TEST(KeepFree, IsAHundredthWhenNobodySaysAnythingAlsoOnAFullMachine) {
  const auto limit = choose_limit({}, machine(1600_MiB, 0_B));
  EXPECT_EQ(limit->keep_free, 16_MiB);
  EXPECT_EQ(limit->origin.kept_free, 0_B);
}

TEST(LimitNow, IsTheWallWhileThereIsRoom) {
  const auto around = machine(16_GiB, 12_GiB);
  const auto limit = choose_limit(with_memory("3GiB"), around).value();
  EXPECT_EQ(limit_now(limit, room_now(limit, around), 1_GiB), 3_GiB);
}

TEST(LimitNow, ShrinksWhenOthersTakeMemoryAndKeepsWhatIsToStayFree) {
  auto config = with_memory("10GiB");
  config.keep_free = {config::parse_size("2GiB").value(), "--keep-free"};
  const auto limit = choose_limit(config, machine(16_GiB, 12_GiB)).value();
  EXPECT_EQ(limit_now(limit, room_now(limit, machine(16_GiB, 5_GiB)), 4_GiB), 7_GiB);
}

TEST(LimitNow, FollowsTheTightestCgroupAbove) {
  const auto limit = choose_limit(with_memory("3GiB"), machine(16_GiB, 12_GiB)).value();
  const auto around = below(machine(16_GiB, 12_GiB), 4_GiB, 500_MiB);
  EXPECT_EQ(limit_now(limit, room_now(limit, around), 1_GiB), 1_GiB + 500_MiB);
}

// Reaching a memory.high costs time already, and passing it stops the build.
TEST(LimitNow, KeepsAMarginToAMemoryHighAbove) {
  const auto limit = choose_limit(with_memory("1000MiB"), machine(16_GiB, 12_GiB)).value();
  const auto around = below_high(machine(16_GiB, 12_GiB), 1000_MiB, 300_MiB);
  EXPECT_EQ(limit_now(limit, room_now(limit, around), 700_MiB), 980_MiB);
}

TEST(LimitNow, IsNeverNegative) {
  const auto limit = choose_limit(with_memory("3GiB"), machine(16_GiB, 12_GiB)).value();
  const Bytes room = room_now(limit, machine(16_GiB, 0_B));
  EXPECT_LT(room, 0_B);
  EXPECT_EQ(limit_now(limit, room, 0_B), 0_B);
}

TEST(LimitNow, IsAskedForMoreOftenWhereOthersCouldTakeTheRestMeanwhile) {
  EXPECT_EQ(room_holds(8_GiB), std::chrono::milliseconds(250));
  EXPECT_LT(room_holds(500_MiB), std::chrono::milliseconds(100));
  EXPECT_EQ(room_holds(Bytes{-1}), room_holds(500_MiB));
}

}  // namespace
}  // namespace memguard::supervisor
