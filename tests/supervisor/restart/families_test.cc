#include "supervisor/restart/families.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;

class FamiliesOf : public testing::Test {
 protected:
  static constexpr policy::FamilyId kFamily{7};
  static constexpr proc::Identity kShim{100, 5};

  // A job of the family as the supervisor takes it in.
  JobRecord& add(Families& families, std::uint16_t job_class = 0, Bytes peak = {}) {
    JobRecord& record = *area_.add_job();
    record.family = static_cast<std::uint32_t>(kFamily);
    record.job_class = job_class;
    record.peak = peak;
    families.joined(record, kShim);
    LiveJob& job = live_.emplace_back();
    job.record = &record;
    job.memory = peak;
    return record;
  }
  void kill(Families& families, bool alone = false, Bytes peak = 10_MiB) {
    JobRecord& record = add(families, 0, peak);
    end(record, report::Outcome::oom_restarted);
    record.alone = alone;
    families.killed(record, alone);
  }
  void end(JobRecord& record, report::Outcome outcome) {
    record.phase = JobPhase::ended;
    record.outcome = outcome;
    live_.clear();
  }
  static policy::JobSeen seen(const Families& families, std::uint16_t job_class = 0) {
    policy::JobSeen job{.family = kFamily, .job_class = policy::ClassId{job_class}};
    families.describe(job);
    return job;
  }

  SharedArea& area_ = *SharedArea::create().value();
  std::list<LiveJob> live_;
};

TEST_F(FamiliesOf, NothingIsKnownOfANewOne) {
  const Families families(area_);
  EXPECT_FALSE(families.of_shim(kShim));
  EXPECT_FALSE(families.ended_by_memory(kFamily));
  EXPECT_FALSE(families.worth_restarting(kFamily));
  EXPECT_EQ(seen(families).evictions, 0);
}

TEST_F(FamiliesOf, AShimsFamilyIsThatOfItsFirstJob) {
  Families families(area_);
  add(families);
  EXPECT_EQ(families.of_shim(kShim), kFamily);
  EXPECT_FALSE(families.of_shim({kShim.pid, kShim.start_ticks + 1}));
}

TEST_F(FamiliesOf, AnEvictedFamilyIsStartedAgainAsTheNextStart) {
  Families families(area_);
  const JobRecord& first = add(families, 0, 20_MiB);
  families.evicted(kFamily, live_, true);
  EXPECT_TRUE(first.evicted);
  EXPECT_TRUE(families.worth_restarting(kFamily));
  families.restarted(kFamily);
  EXPECT_FALSE(families.ended_by_memory(kFamily));
  EXPECT_EQ(add(families).start_number, 1);
  EXPECT_EQ(first.start_number, 0);
  EXPECT_EQ(seen(families).evictions, 1);
  EXPECT_EQ(seen(families).evicted_at, 20_MiB);
  EXPECT_FALSE(seen(families, 1).evicted_at);
}

// A supervisor noted whom the kernel had killed, and was killed before it ended the record.
TEST_F(FamiliesOf, AKillThatWasNotedIsKnownBeforeTheRecordIsEnded) {
  {
    Families before(area_);
    add(before, 0, 20_MiB).outcome = report::Outcome::oom_restarted;
  }
  const Families families(area_);
  EXPECT_TRUE(families.ended_by_memory(kFamily));
}

TEST_F(FamiliesOf, OneThatOnlyWaitedWasNotStartedInVain) {
  Families families(area_);
  add(families, 0, 1_MiB);
  families.evicted(kFamily, live_, false);
  EXPECT_TRUE(families.worth_restarting(kFamily));
  EXPECT_EQ(seen(families).evictions, 0);
  EXPECT_EQ(seen(families, 0).evicted_at, std::nullopt);
}

// A supervisor told the shim, and was killed before it noted that.
TEST_F(FamiliesOf, AJobThatComesAfterAnEvictedStartHasEndedIsOfTheNext) {
  {
    Families before(area_);
    JobRecord& first = add(before, 0, 20_MiB);
    before.evicted(kFamily, live_, true);
    end(first, report::Outcome::evicted);
  }
  Families families(area_);
  EXPECT_TRUE(families.ended_by_memory(kFamily));
  EXPECT_EQ(add(families).start_number, 1);
  EXPECT_FALSE(families.ended_by_memory(kFamily));
}

TEST_F(FamiliesOf, AKilledOneComesBackUntilItWasAloneAndKilledTwice) {
  Families families(area_);
  kill(families, /*alone=*/true);
  EXPECT_TRUE(families.worth_restarting(kFamily));
  families.restarted(kFamily);
  kill(families, /*alone=*/false);
  EXPECT_TRUE(families.worth_restarting(kFamily));
  families.restarted(kFamily);
  kill(families, /*alone=*/true);
  EXPECT_FALSE(families.worth_restarting(kFamily));
  EXPECT_EQ(seen(families).oom_kills, 3);
}

TEST_F(FamiliesOf, AKilledOneComesBackFiveTimesAtMost) {
  Families families(area_);
  for (int i = 0; i < 5; ++i) {
    kill(families);
    ASSERT_TRUE(families.worth_restarting(kFamily));
    families.restarted(kFamily);
  }
  kill(families);
  EXPECT_FALSE(families.worth_restarting(kFamily));
}

TEST_F(FamiliesOf, TwoKilledJobsOfOneStartAreOneKill) {
  Families families(area_);
  JobRecord& compiler = add(families, 0, 30_MiB);
  JobRecord& linker = add(families, 0, 20_MiB);
  for (JobRecord* job : {&linker, &compiler}) {
    end(*job, report::Outcome::oom_restarted);
    families.killed(*job, false);
  }
  EXPECT_EQ(seen(families).oom_kills, 1);
  EXPECT_EQ(seen(families).killed_at, 30_MiB);
}

TEST_F(FamiliesOf, TheNextSupervisorKnowsTheSame) {
  {
    Families families(area_);
    add(families, 0, 20_MiB);
    add(families, 1, 5_MiB);
    families.evicted(kFamily, live_, true);
    live_.clear();
    families.restarted(kFamily);
    kill(families, /*alone=*/true);
    families.restarted(kFamily);
    add(families, 0, 25_MiB);
    families.evicted(kFamily, live_, true);
  }
  Families next(area_);
  EXPECT_EQ(next.of_shim(kShim), kFamily);
  EXPECT_TRUE(next.ended_by_memory(kFamily));
  EXPECT_TRUE(next.worth_restarting(kFamily));
  EXPECT_EQ(seen(next).evictions, 2);
  EXPECT_EQ(seen(next).oom_kills, 1);
  EXPECT_EQ(seen(next, 0).evicted_at, 25_MiB);
  EXPECT_EQ(seen(next, 1).evicted_at, 5_MiB);
  next.restarted(kFamily);
  EXPECT_EQ(add(next).start_number, 3);
}

TEST_F(FamiliesOf, OneToldToStartAgainIsNotToldTwiceByTheNextSupervisor) {
  {
    Families families(area_);
    add(families);
    families.evicted(kFamily, live_, true);
    families.restarted(kFamily);
  }
  Families next(area_);
  // Whatever ends it now, it was not that eviction.
  EXPECT_FALSE(next.ended_by_memory(kFamily));
  EXPECT_EQ(add(next).start_number, 1);
}

TEST_F(FamiliesOf, WithoutAShimOnlyTheLivingAreMembers) {
  Families families(area_);
  std::vector<JobRecord*> jobs;
  for (int i = 0; i < 3; ++i) {
    jobs.push_back(area_.add_job());
    jobs.back()->family = static_cast<std::uint32_t>(kFamily);
    families.joined(*jobs.back(), {});
  }
  end(*jobs[1], report::Outcome::done);
  families.ended(*jobs[1]);
  EXPECT_EQ(families.members(kFamily), (std::vector<JobRecord*>{jobs[0], jobs[2]}));
  // One that takes over knows the same.
  EXPECT_EQ(Families(area_).members(kFamily), (std::vector<JobRecord*>{jobs[0], jobs[2]}));
}

TEST_F(FamiliesOf, WithAShimTheDeadAreMembersToo) {
  Families families(area_);
  JobRecord& job = add(families);
  end(job, report::Outcome::oom_restarted);
  families.ended(job);
  EXPECT_EQ(families.members(kFamily).size(), 1U);
}

TEST_F(FamiliesOf, ARecordThatIsUsedAgainIsForgotten) {
  Families families(area_);
  JobRecord& first = add(families);
  JobRecord& second = add(families);
  families.forget(&first);
  EXPECT_EQ(families.members(kFamily), std::vector<JobRecord*>{&second});
  // Its shim has ended long ago.
  families.forget(&second);
  EXPECT_FALSE(families.of_shim(kShim));
  families.forget(nullptr);
}

}  // namespace
}  // namespace memguard::supervisor
