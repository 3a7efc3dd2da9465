#include "supervisor/run_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;
using testing::HasSubstr;

config::Config with_memory(const char* size) {
  config::Config config;
  config.memory = {config::parse_size(size).value(), "--memory"};
  return config;
}

Surroundings machine(Bytes total, Bytes available) {
  return {.machine = {.total = total, .available = available, .swap_total = {}, .swap_free = {}}, .above = {}};
}

Surroundings below(Surroundings around, Bytes limit, Bytes available) {
  around.above.push_back({.limit = limit, .available = available, .path = "/sys/fs/cgroup/ci"});
  return around;
}

TEST(AutomaticLimit, IsWhatIsAvailableLessAMargin) {
  const auto limit = choose_limit({}, machine(16_GiB, 12_GiB)).value();
  EXPECT_EQ(limit.wall, 12_GiB - 512_MiB);
  EXPECT_THAT(limit.source, HasSubstr("12.0 GiB"));
}

TEST(AutomaticLimit, TakesATwentiethAsMarginOnASmallMachine) {
  EXPECT_EQ(choose_limit({}, machine(2000_MiB, 1000_MiB))->wall, 900_MiB);
}

TEST(AutomaticLimit, IsWhatTheContainerHasLeftWhenThatIsLess) {
  const auto limit = choose_limit({}, below(machine(64_GiB, 60_GiB), 4000_MiB, 3000_MiB)).value();
  EXPECT_EQ(limit.wall, 2800_MiB);
  EXPECT_THAT(limit.source, HasSubstr("/sys/fs/cgroup/ci"));
}

TEST(AutomaticLimit, IsNotRefusedOnAMachineThatIsFullNow) {
  EXPECT_EQ(choose_limit({}, machine(16_GiB, 10_MiB))->wall, 32_MiB);
}

TEST(GivenLimit, IsTakenAsItIs) {
  const auto limit = choose_limit(with_memory("3GiB"), machine(16_GiB, 12_GiB)).value();
  EXPECT_EQ(limit.wall, 3_GiB);
  EXPECT_EQ(limit.source, "--memory");
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

TEST(GivenLimit, AboveWhatTheMachineHasIsRefused) {
  EXPECT_THAT(choose_limit(with_memory("17GiB"), machine(16_GiB, 12_GiB)).error().text(), HasSubstr("machine has"));
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
