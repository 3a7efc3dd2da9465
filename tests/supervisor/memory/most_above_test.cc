#include "supervisor/memory/most_above.h"

#include <gtest/gtest.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace units;

class MostAboveTest : public testing::Test {
 protected:
  LiveJob& add(Bytes has, Bytes predicted) {
    ExecFacts facts{};
    facts.job_class = 1;
    facts.output.set("target/app");
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    job.memory = has;
    job.record->predicted = predicted;
    return job;
  }

  SharedArea& area_ = *SharedArea::create().value();
  config::Config config_;
  LiveJobs jobs_{area_};
};

TEST_F(MostAboveTest, IsNotTheLargestButTheOneThatWasExpectedLeast) {
  add(500_MiB, 480_MiB);
  add(180_MiB, 60_MiB);
  const auto most = most_above(jobs_, {});
  EXPECT_EQ(most.job, 1U);
  EXPECT_EQ(most.had, 180_MiB);
  EXPECT_EQ(most.predicted, 60_MiB);
  EXPECT_EQ(name_of(most, area_, config_), "link app");
}

TEST_F(MostAboveTest, MayBeAProgramThatIsNoJob) {
  const WaitingChild child([] { ::prctl(PR_SET_NAME, "code\x1bgen"); });
  add(180_MiB, 100_MiB);
  const auto most = most_above(jobs_, {child.pid(), 90_MiB});
  EXPECT_EQ(most.job, MostAbove::kNoJob);
  EXPECT_EQ(most.had, 90_MiB);
  EXPECT_EQ(name_of(most, area_, config_), "code\\x1bgen");
}

TEST_F(MostAboveTest, WhereAllKeepToTheirPredictionsItIsTheLargest) {
  const WaitingChild shell;
  add(90_MiB, 100_MiB);
  add(120_MiB, 200_MiB);
  EXPECT_EQ(most_above(jobs_, {shell.pid(), 3_MiB}).job, 1U);
  EXPECT_EQ(most_above(jobs_, {shell.pid(), 130_MiB}).job, MostAbove::kNoJob);
}

TEST_F(MostAboveTest, IsNobodyWhereNobodyWasSeen) {
  const auto most = most_above(jobs_, {});
  EXPECT_EQ(name_of(most, area_, config_), "");
}

}  // namespace
}  // namespace memguard::supervisor
