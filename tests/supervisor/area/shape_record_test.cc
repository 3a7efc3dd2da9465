#include "supervisor/area/shape_record.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

/// Read every `step` of its processor time until `cpu`, and once more at the end; it has what `memory` says.
template <class Memory>
ShapeRecord read(Duration cpu, Duration step, Memory memory) {
  ShapeRecord record{};
  for (Duration at{}; at < cpu; at += step) record.note(at, memory(at));
  record.note(cpu, memory(cpu));
  return record;
}

Bytes grows_in_the_second_half(Duration at) { return at < 5s ? 51_MiB : Bytes::of(51 * seconds(at - 4s) * (1 << 20)); }

TEST(ShapeRecord, IsTheMostInEachSixteenth) {
  const auto shape = read(10s, 10ms, grows_in_the_second_half).shape(10s);
  ASSERT_TRUE(shape);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(shape->at(i), 42, 2) << i;
  EXPECT_NEAR(shape->at(11), 255 * 3.5 / 6, 4);
  EXPECT_EQ(shape->at(15), 255);
}

TEST(ShapeRecord, IsTheSameForEveryLengthOfLife) {
  for (const Duration life : std::initializer_list<Duration>{200ms, 1s, 7s, 100s, 3600s}) {
    const auto halves = [life](Duration at) { return at < life / 2 ? 10_MiB : 100_MiB; };
    const auto shape = read(life, life / 200, halves).shape(life);
    ASSERT_TRUE(shape);
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(shape->at(i), 26) << i << " of " << seconds(life);
    for (std::size_t i = 8; i < 16; ++i) EXPECT_EQ(shape->at(i), 255) << i << " of " << seconds(life);
  }
}

TEST(ShapeRecord, BetweenTwoReadingsItHadWhatTheLargerSays) {
  ShapeRecord record{};
  for (int i = 0; i < 8; ++i) record.note(1ms, 10_MiB);
  record.note(800ms, 100_MiB);
  record.note(1600ms, 20_MiB);
  const auto shape = record.shape(1600ms);
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->at(4), 255);
  EXPECT_EQ(shape->at(12), 255);
  EXPECT_EQ(shape->at(15), 255);
}

TEST(ShapeRecord, NothingOfOneThatWasSeldomRead) {
  ShapeRecord record{};
  for (std::uint32_t i = 1; i < ShapeRecord::kLeastReadings; ++i) record.note(i * 100ms, 10_MiB);
  EXPECT_EQ(record.shape(1s), std::nullopt);
  record.note(900ms, 10_MiB);
  EXPECT_TRUE(record.shape(1s));
  EXPECT_EQ(record.shape(0s), std::nullopt);
  EXPECT_EQ(ShapeRecord{}.shape(1s), std::nullopt);
}

TEST(ShapeRecord, ClocksThatStandStillOrRunBackwardsDoNoHarm) {
  ShapeRecord record{};
  for (const Duration cpu : std::initializer_list<Duration>{5s, 1s, -1s, 5s, 5s, 2s, 0s, 6s}) record.note(cpu, 10_MiB);
  record.note(6s, Bytes{-5});
  EXPECT_EQ(record.shape(6s)->at(0), 255);
  EXPECT_TRUE(record.shape(1ms));
  EXPECT_TRUE(record.shape(1000h));
}

}  // namespace
}  // namespace memguard::supervisor
