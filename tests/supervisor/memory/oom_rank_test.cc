// Whom the kernel is told to kill first, by oom_score_adj of real processes.
#include "supervisor/memory/oom_rank.h"

#include <fcntl.h>

#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/io.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

class RankedForOom : public testing::Test {
 protected:
  void SetUp() override {
    if (base_ > 900) GTEST_SKIP() << "whoever runs this test has it killed before all others already";
  }
  LiveJob& add(const proc::Identity& process, bool restartable) {
    ExecFacts facts{};
    facts.process = process;
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    if (restartable) job.record->shim = {::getpid(), 1};
    return job;
  }
  LiveJob& rank(const WaitingChild& child, bool restartable = false) {
    LiveJob& job = add(child.identity(), restartable);
    rank_.rank(job, jobs_.all());
    return job;
  }
  // A job that is ranked, but whose process is gone.
  void rank_vanished() { rank_.rank(add({1 << 30, 1}, false), jobs_.all()); }
  void forget(const LiveJob& job) { jobs_.remove(job.id, report::Outcome::done, Instant{}); }
  static int adj_of(const WaitingChild& child) {
    const auto text = read_at(AT_FDCWD, fmt::format("/proc/{}/oom_score_adj", child.pid()));
    return to_number<int>(std::string_view(*text).substr(0, text->find('\n'))).value();
  }

  // What tests are started with: below that nobody may go without privilege.
  const int base_ = own_oom_score_adj();
  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  LiveJobs jobs_{area_};
  OomRank rank_{base_};
  WaitingChild first_;
  WaitingChild second_;
  WaitingChild third_;
};

TEST_F(RankedForOom, AJobIsKilledBeforeTheBuildToolAndAYoungerOneBeforeIt) {
  rank(first_);
  rank(second_);
  EXPECT_GT(adj_of(first_), base_);
  EXPECT_GT(adj_of(second_), adj_of(first_));
}

TEST_F(RankedForOom, WhoCanBeStartedAgainIsKilledBeforeWhoCannot) {
  rank(first_, true);
  rank(second_, false);
  rank(third_, false);
  EXPECT_GT(adj_of(first_), adj_of(third_));
  EXPECT_GT(adj_of(third_), adj_of(second_));
}

TEST_F(RankedForOom, NobodyIsToldToDieWhateverItUses) {
  for (int i = 0; i < 300; ++i) rank_.rank(add({1 << 30, 1}, true), jobs_.all());
  rank(first_, true);
  EXPECT_GT(adj_of(first_), base_);
  EXPECT_LT(adj_of(first_), 1000);
}

// A long build gives more ranks than there are adjustments.
TEST_F(RankedForOom, TheOldestThatLivesBeginsAnewWhereAdjustmentsRunOut) {
  rank_vanished();
  rank(first_);
  rank(second_);
  const int before = adj_of(first_);
  forget(jobs_.all().front());
  for (int i = 0; i < 300; ++i) {
    rank_vanished();
    forget(jobs_.all().back());
  }
  rank(third_);
  EXPECT_LT(adj_of(first_), before);
  EXPECT_GT(adj_of(second_), adj_of(first_));
  EXPECT_GT(adj_of(third_), adj_of(second_));
}

TEST_F(RankedForOom, AJobAloneOfItsKindBeginsFromTheBottom) {
  rank(first_);
  const int lowest = adj_of(first_);
  rank_vanished();
  rank(second_, true);
  while (jobs_.all().size() > 1) forget(jobs_.all().front());
  rank(third_);
  EXPECT_EQ(adj_of(third_), lowest);
}

TEST_F(RankedForOom, WhoIsNoJobAfterAllIsSpared) {
  const LiveJob& job = rank(first_);
  rank_.spare(job);
  EXPECT_EQ(adj_of(first_), base_);
}

TEST(OwnOomScoreAdj, IsWhatTheKernelHasOfThisProcess) {
  const int before = own_oom_score_adj();
  const int raised = std::min(before + 7, 1000);
  ASSERT_TRUE(write_at(AT_FDCWD, "/proc/self/oom_score_adj", std::to_string(raised)));
  EXPECT_EQ(own_oom_score_adj(), raised);
  EXPECT_TRUE(write_at(AT_FDCWD, "/proc/self/oom_score_adj", std::to_string(before)));
}

}  // namespace
}  // namespace memguard::supervisor
