#include "supervisor/token_pool.h"

#include <gtest/gtest.h>

#include "proc/machine.h"
#include "supervisor/recovery.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

class Pool : public testing::Test {
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
  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  Jobserver server_ = Jobserver::create(0).value();
  TokenPool pool_{&server_, area_, jobs_, 8};
  WaitingChild child_;
};

TEST_F(Pool, MayGiveEachProcessorOneButTheFirst) { EXPECT_EQ(pool_.look(), (policy::Tokens{0, 7})); }

TEST_F(Pool, GivesAndTakesAway) {
  pool_.spare(5);
  EXPECT_EQ(pool_.look(), (policy::Tokens{5, 2}));
  pool_.spare(1);
  EXPECT_EQ(pool_.look(), (policy::Tokens{1, 6}));
}

TEST_F(Pool, WhatIsInUseStaysInCirculation) {
  pool_.spare(7);
  EXPECT_EQ(server_.take(6), 6);  // by somebody who builds
  EXPECT_EQ(pool_.look(), (policy::Tokens{1, 0}));
  pool_.spare(0);
  EXPECT_EQ(pool_.look(), (policy::Tokens{0, 1}));
}

TEST_F(Pool, MayGiveWhatStoppedFamiliesHoldOnceMore) {
  add(JobPhase::running, 2);
  EXPECT_EQ(pool_.look(), (policy::Tokens{0, 7}));
  add(JobPhase::held);
  add(JobPhase::frozen, 2);
  EXPECT_EQ(pool_.look(), (policy::Tokens{0, 7 + 1 + 3}));
}

TEST_F(Pool, WhatHasJustArrivedIsNotStopped) {
  add(JobPhase::waiting);
  EXPECT_EQ(pool_.look(), (policy::Tokens{0, 7}));
}

TEST_F(Pool, WhatWasGivenForOneThatRunsAgainIsTooMany) {
  LiveJob& job = add(JobPhase::held);
  pool_.spare(8);
  job.record->phase = JobPhase::running;
  EXPECT_EQ(pool_.look(), (policy::Tokens{8, -1}));
}

TEST_F(Pool, AFamilyWithAHeldLinkerIsStopped) {
  const auto family = add(JobPhase::running).family();
  add_to(family, JobPhase::held);
  EXPECT_EQ(pool_.look(), (policy::Tokens{0, 7 + 1}));
}

TEST_F(Pool, ASupervisorThatFollowsKnowsWhatIsInCirculation) {
  pool_.spare(7);
  TokenPool next(&server_, area_, jobs_, 8);
  EXPECT_EQ(next.look(), (policy::Tokens{7, 0}));
}

TEST_F(Pool, PutsBackWhatAKilledOneHeld) {
  JobRecord record{};
  record.tokens = 2;
  record.outcome = report::Outcome::done;
  pool_.ended(record);
  EXPECT_EQ(server_.free_tokens(), 0);
  record.outcome = report::Outcome::evicted;
  pool_.ended(record);
  EXPECT_EQ(server_.free_tokens(), 2);
}

TEST_F(Pool, DoesNothingWithAnothersJobserver) {
  add(JobPhase::held);
  TokenPool none(nullptr, area_, jobs_, 8);
  none.sampled(Instant{});
  none.spare(3);
  none.ended(JobRecord{});
  EXPECT_EQ(none.look(), std::nullopt);
  EXPECT_EQ(area_.tokens, 0);
}

TEST_F(Pool, WithoutASupervisorNothingIsWithheld) {
  pool_.spare(1);
  give_all_tokens(server_, area_);
  EXPECT_EQ(server_.free_tokens(), std::max(proc::usable_processors() - 1, 1));
  give_all_tokens(server_, area_);
  EXPECT_EQ(server_.free_tokens(), std::max(proc::usable_processors() - 1, 1));
}

}  // namespace
}  // namespace memguard::supervisor
