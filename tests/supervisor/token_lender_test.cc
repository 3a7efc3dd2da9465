#include "supervisor/token_lender.h"

#include <gtest/gtest.h>

#include "children.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

class Lender : public testing::Test {
 protected:
  LiveJob& add(JobPhase phase, int tokens = 0) { return add_to(jobs_.new_family(), phase, tokens); }
  LiveJob& add_to(policy::FamilyId family, JobPhase phase, int tokens = 0) {
    ExecFacts facts{};
    facts.process = child_.identity();
    LiveJob& job = *jobs_.add(facts, family, Instant{});
    job.record->phase = phase;
    job.record->tokens = tokens;
    return job;
  }
  int lent() {
    lender_.sampled(Instant{});
    return server_.free_tokens() - 3;
  }

  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  Jobserver server_ = Jobserver::create(3).value();
  TokenLender lender_{&server_, area_, jobs_, 8};
  WaitingChild child_;
};

TEST_F(Lender, LendsNothingWhileAllRun) {
  add(JobPhase::running, 2);
  EXPECT_EQ(lent(), 0);
}

TEST_F(Lender, LendsWhatStoppedFamiliesHold) {
  add(JobPhase::running);
  add(JobPhase::held);
  add(JobPhase::frozen, 2);
  EXPECT_EQ(lent(), 1 + 3);
}

TEST_F(Lender, AFamilyWithAHeldLinkerIsStopped) {
  const auto family = add(JobPhase::running).family();
  add_to(family, JobPhase::held);
  EXPECT_EQ(lent(), 1);
}

TEST_F(Lender, LendsNoMoreThanThereAreProcessors) {
  for (int i = 0; i < 20; ++i) add(JobPhase::held);
  EXPECT_EQ(lent(), 8);
}

TEST_F(Lender, TakesBackWhatRunsAgain) {
  LiveJob& job = add(JobPhase::held);
  EXPECT_EQ(lent(), 1);
  job.record->phase = JobPhase::running;
  EXPECT_EQ(lent(), 0);
}

TEST_F(Lender, ASupervisorThatFollowsKnowsWhatIsLent) {
  add(JobPhase::held);
  EXPECT_EQ(lent(), 1);
  TokenLender next(&server_, area_, jobs_, 8);
  next.sampled(Instant{});
  EXPECT_EQ(server_.free_tokens(), 3 + 1);
}

TEST_F(Lender, PutsBackWhatAKilledOneHeld) {
  JobRecord record{};
  record.tokens = 2;
  record.outcome = report::Outcome::done;
  lender_.ended(record);
  EXPECT_EQ(server_.free_tokens(), 3);
  record.outcome = report::Outcome::evicted;
  lender_.ended(record);
  EXPECT_EQ(server_.free_tokens(), 5);
}

TEST_F(Lender, DoesNothingWithAnothersJobserver) {
  add(JobPhase::held);
  TokenLender none(nullptr, area_, jobs_, 8);
  none.sampled(Instant{});
  none.ended(JobRecord{});
  EXPECT_EQ(area_.lent_tokens, 0);
}

}  // namespace
}  // namespace memguard::supervisor
