// The table of hungry programs. What found_jobs_test.cc has not: its keys, its order, and two who use it at once.
#include "supervisor/area/hungry_programs.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "job/program_key.h"

namespace memguard::supervisor {
namespace {

class TableOfPrograms : public testing::Test {
 protected:
  void note_small(std::size_t place, int times) {
    for (int i = 0; i < times; ++i) programs_->note(place, false);
  }
  static std::string name(std::size_t i) { return "gen" + std::to_string(i); }

  // Zeroed, as the kernel maps it.
  std::unique_ptr<HungryPrograms> programs_ = std::make_unique<HungryPrograms>();
};

TEST_F(TableOfPrograms, HoldsNothingAtFirst) {
  EXPECT_FALSE(programs_->holds(""));
  EXPECT_FALSE(programs_->holds("gen"));
}

TEST_F(TableOfPrograms, KeepsPlacesInOrderOfArrival) {
  EXPECT_EQ(programs_->add("a"), 0U);
  EXPECT_EQ(programs_->add("b"), 1U);
  EXPECT_EQ(programs_->add("a"), 0U);
  EXPECT_EQ(programs_->add("c"), 2U);
}

// One that is cut in the table would never be found again, and take a place with each look.
TEST_F(TableOfPrograms, FindsTheLongestKeyThereIs) {
  const std::string key = job::program_key(std::string(300, 'x'));
  const auto place = programs_->add(key);
  EXPECT_TRUE(programs_->holds(key));
  EXPECT_EQ(programs_->add(key), place);
  EXPECT_FALSE(programs_->holds(key.substr(1)));
}

TEST_F(TableOfPrograms, CountsSmallJobsOfEachProgramAlone) {
  const std::size_t large = programs_->add("large").value();
  const std::size_t small = programs_->add("small").value();
  note_small(small, HungryPrograms::kSmallOnes);
  EXPECT_TRUE(programs_->holds("large"));
  EXPECT_FALSE(programs_->holds("small"));
  note_small(large, HungryPrograms::kSmallOnes);
  EXPECT_FALSE(programs_->holds("large"));
}

TEST_F(TableOfPrograms, CountsAnewAfterAHungryJob) {
  const std::size_t gen = programs_->add("gen").value();
  note_small(gen, HungryPrograms::kSmallOnes - 1);
  programs_->note(gen, true);
  note_small(gen, HungryPrograms::kSmallOnes - 1);
  EXPECT_TRUE(programs_->holds("gen"));
  note_small(gen, 1);
  EXPECT_FALSE(programs_->holds("gen"));
}

TEST_F(TableOfPrograms, HoldsAProgramAgainAfterOneHungryJobHoweverManyWereSmall) {
  const std::size_t gen = programs_->add("gen").value();
  note_small(gen, 100 * HungryPrograms::kSmallOnes);
  EXPECT_FALSE(programs_->holds("gen"));
  programs_->note(gen, true);
  EXPECT_TRUE(programs_->holds("gen"));
}

TEST_F(TableOfPrograms, KnowsAProgramThatItHoldsNoMoreByItsPlace) {
  const std::size_t gen = programs_->add("gen").value();
  note_small(gen, HungryPrograms::kSmallOnes);
  EXPECT_EQ(programs_->add("gen"), gen);
  EXPECT_FALSE(programs_->holds("gen")) << "to be added is not to be hungry";
}

TEST_F(TableOfPrograms, StaysAsItIsWhenItIsFull) {
  for (std::size_t i = 0; i < HungryPrograms::kMost; ++i) EXPECT_EQ(programs_->add(name(i)), i);
  EXPECT_EQ(programs_->add("one more"), std::nullopt);
  EXPECT_FALSE(programs_->holds("one more"));
  EXPECT_EQ(programs_->add(name(0)), 0U);
  EXPECT_EQ(programs_->add(name(HungryPrograms::kMost - 1)), HungryPrograms::kMost - 1);
}

TEST_F(TableOfPrograms, IsReadWhileItIsWritten) {
  std::atomic<std::size_t> added = 0;
  std::atomic<int> missed = 0;
  std::thread front([&] {
    for (std::size_t seen = 0; seen < HungryPrograms::kMost;) {
      seen = added;
      if (seen > 0 && !programs_->holds(name(seen - 1))) ++missed;
    }
  });
  for (std::size_t i = 0; i < HungryPrograms::kMost; ++i) {
    (void)programs_->add(name(i));
    added = i + 1;
  }
  front.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace memguard::supervisor
