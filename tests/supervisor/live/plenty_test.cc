#include "supervisor/live/plenty.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;

TEST(Plenty, IsTwoGibibytesForEachThatRunsAndOneMore) {
  const Plenty plenty;
  EXPECT_TRUE(plenty.there_is(2_GiB, 0));
  EXPECT_FALSE(plenty.there_is(2_GiB, 1));
  EXPECT_TRUE(plenty.there_is(16_GiB, 7));
  EXPECT_FALSE(plenty.there_is(16_GiB, 8));
}

TEST(Plenty, IsTwiceWhatTheLargestTook) {
  Plenty plenty;
  plenty.took(3_GiB);
  plenty.took(1_GiB);
  EXPECT_TRUE(plenty.there_is(12_GiB, 1));
  EXPECT_FALSE(plenty.there_is(11_GiB, 1));
}

}  // namespace
}  // namespace memguard::supervisor
