#include "supervisor/tokens/token_pool.h"
#include "base/pinned.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/io.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

// A pipe with the tokens of eight jobs, but for the one that cargo has anyway.
class Pipe : Pinned {
 public:
  Pipe() {
    EXPECT_EQ(::pipe2(ends_.data(), 0), 0);
    EXPECT_EQ(::write(ends_[1], "|||||||", 7), 7);
  }
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  [[nodiscard]] JobserverEnds ends() const { return {ends_[0], ends_[1]}; }

 private:
  std::array<int, 2> ends_{};
};

// A process of that name which has the pipes of the test, and of variables only the one given.
class Builder {
 public:
  explicit Builder(const char* name = "cargo", const char* variable = nullptr)
      : child_([=] { become(name, variable); }) {
    const auto comm = fmt::format("/proc/{}/comm", child_.pid());
    while (read_at(AT_FDCWD, comm).value_or("") != fmt::format("{}\n", name)) std::this_thread::yield();
  }
  [[nodiscard]] proc::Identity identity() const { return child_.identity(); }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  void end() { child_.end(); }

 private:
  static void become(const char* name, const char* variable) {
    const std::array<const char*, 2> environment{variable, nullptr};
    (void)::execle("/bin/sh", "sh", "-c", "printf %s \"$0\" >/proc/self/comm; kill -STOP $$", name, nullptr,
                   environment.data());
  }
  WaitingChild child_;
};

class Pool : public testing::Test {
 protected:
  LiveJob& add(JobPhase phase, int tokens = 0) { return add_of(cargo_, jobs_.new_family(), phase, tokens); }
  LiveJob& add_of(const Builder& builder, policy::FamilyId family, JobPhase phase, int tokens = 0) {
    ExecFacts facts{};
    facts.process = builder.identity();
    LiveJob& job = *jobs_.add(facts, family, Instant{});
    job.record->phase = phase;
    job.record->tokens = tokens;
    pool_.arrived(job, pipe_.ends());
    return job;
  }
  // With its seven tokens free and one job, cargo is seen to be allowed eight.
  LiveJob& first() { return add(JobPhase::running); }
  [[nodiscard]] Jobserver server() const { return Jobserver::open(cargo_.pid(), pipe_.ends()).value(); }

  Pipe pipe_;
  Builder cargo_;
  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  TokenPool pool_{area_, jobs_, ::getpid(), 8};
};

TEST_F(Pool, IsThereWithTheFirstJobThatWasToldOfAJobserver) {
  EXPECT_EQ(pool_.look(), std::nullopt);
  first();
  EXPECT_EQ(pool_.look(), (policy::Tokens{7, 0}));
}

TEST_F(Pool, TakesAwayAndPutsBackButAddsNothing) {
  first();
  pool_.spare(1);
  EXPECT_EQ(pool_.look(), (policy::Tokens{1, 6}));
  pool_.spare(5);
  EXPECT_EQ(pool_.look(), (policy::Tokens{5, 2}));
  pool_.spare(12);
  EXPECT_EQ(pool_.look(), (policy::Tokens{7, 0}));
}

TEST_F(Pool, WhatIsInUseStaysInCirculation) {
  first();
  EXPECT_EQ(server().take(6), 6);  // by somebody who builds
  EXPECT_EQ(pool_.look(), (policy::Tokens{1, 0}));
  pool_.spare(0);
  EXPECT_EQ(pool_.look(), (policy::Tokens{0, 1}));
}

TEST_F(Pool, MayGiveWhatStoppedFamiliesHoldOnceMore) {
  first();
  add(JobPhase::held);
  add(JobPhase::frozen, 2);
  EXPECT_EQ(pool_.look(), (policy::Tokens{7, 1 + 3}));
}

TEST_F(Pool, WhatHasJustArrivedIsNotStopped) {
  first();
  add(JobPhase::waiting);
  EXPECT_EQ(pool_.look(), (policy::Tokens{7, 0}));
}

TEST_F(Pool, WhatWasGivenForOneThatRunsAgainIsTooMany) {
  first();
  LiveJob& job = add(JobPhase::held);
  pool_.spare(8);
  job.record->phase = JobPhase::running;
  EXPECT_EQ(pool_.look(), (policy::Tokens{8, -1}));
}

TEST_F(Pool, AFamilyWithAHeldLinkerIsStopped) {
  const auto family = first().family();
  add_of(cargo_, family, JobPhase::held).record->above = 0;
  EXPECT_EQ(pool_.look(), (policy::Tokens{7, 1}));
}

TEST_F(Pool, WhoAskedForFewerJobsThanProcessorsIsLentNone) {
  ASSERT_EQ(server().take(6), 6);
  first();
  add(JobPhase::held);
  EXPECT_EQ(pool_.look(), (policy::Tokens{1, 0}));
  pool_.spare(5);
  EXPECT_EQ(pool_.look(), (policy::Tokens{1, 0}));
}

TEST_F(Pool, ASupervisorThatFollowsKnowsWhatIsWithheld) {
  first();
  pool_.spare(2);
  const TokenPool next(area_, jobs_, ::getpid(), 8);
  EXPECT_EQ(next.look(), (policy::Tokens{2, 5}));
}

TEST_F(Pool, PutsBackWhatAKilledOneHeld) {
  JobRecord record = *first().record;
  record.tokens = 2;
  record.outcome = report::Outcome::done;
  pool_.ended(record);
  EXPECT_EQ(server().free_tokens(), 7);
  record.outcome = report::Outcome::evicted;
  pool_.ended(record);
  EXPECT_EQ(server().free_tokens(), 9);
}

TEST_F(Pool, WhatAnotherCargosStoppedJobsHoldIsLentToThatOne) {
  first();
  const Pipe second;
  const Builder other;
  ExecFacts facts{};
  facts.process = other.identity();
  LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
  job.record->phase = JobPhase::held;
  pool_.arrived(job, second.ends());
  EXPECT_EQ(pool_.look(), (policy::Tokens{14, 1}));
  pool_.spare(15);
  EXPECT_EQ(server().free_tokens(), 7);
  EXPECT_EQ(Jobserver::open(other.pid(), second.ends())->free_tokens(), 8);
}

TEST_F(Pool, IsGoneWithItsCargo) {
  const Pipe second;
  Builder other;
  ExecFacts facts{};
  facts.process = other.identity();
  pool_.arrived(*jobs_.add(facts, jobs_.new_family(), Instant{}), second.ends());
  ASSERT_TRUE(pool_.look());
  other.end();
  pool_.sampled(Instant{});
  EXPECT_EQ(pool_.look(), std::nullopt);
}

TEST_F(Pool, LeavesAJobserverThatCargoInheritedAlone) {
  const Builder inherits("cargo", "MAKEFLAGS= -j3 --jobserver-auth=3,4");
  add_of(inherits, jobs_.new_family(), JobPhase::held);
  EXPECT_EQ(pool_.look(), std::nullopt);
}

TEST_F(Pool, LeavesTheJobserverOfAMakeAlone) {
  const Builder make("make");
  const LiveJob& job = add_of(make, jobs_.new_family(), JobPhase::held);
  EXPECT_EQ(job.record->jobserver, 0U);
  pool_.spare(3);
  pool_.ended(*job.record);
  EXPECT_EQ(pool_.look(), std::nullopt);
}

TEST_F(Pool, WithoutASupervisorNothingIsWithheld) {
  first();
  pool_.spare(1);
  give_all_tokens(area_);
  EXPECT_EQ(server().free_tokens(), 7);
  give_all_tokens(area_);
  EXPECT_EQ(server().free_tokens(), 7);
}

}  // namespace
}  // namespace memguard::supervisor
