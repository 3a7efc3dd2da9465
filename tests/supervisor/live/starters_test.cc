#include "supervisor/live/starters.h"

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr proc::Identity kGcc{100, 5};
constexpr proc::Identity kOtherGcc{101, 6};
constexpr proc::Identity kMake{90, 4};
constexpr proc::Identity kShim{110, 7};

Instant at(Duration time) { return Instant{} + time; }

class StartersOf : public testing::Test {
 protected:
  LiveJob& start(const proc::Identity& starter, Duration time = 1s) {
    LiveJob& job = *jobs_.add(ExecFacts{}, starters_.family_for(starter), at(time));
    starters_.joined(*job.record, starter);
    return job;
  }
  void end(const LiveJob& job, Duration time = 2s) { jobs_.remove(job.id, report::Outcome::done, at(time)); }

  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  LiveJobs jobs_{area_};
  Starters starters_{jobs_};
};

TEST_F(StartersOf, TheNextStepIsOlderThanWhatCameLaterThanTheFirst) {
  const LiveJob& first = start(kGcc);
  const policy::FamilyId age = first.family();
  const policy::FamilyId later = start(kOtherGcc).family();
  end(first);
  const policy::FamilyId next = start(kGcc).family();
  EXPECT_LT(age, next);
  EXPECT_LT(next, later);
}

TEST_F(StartersOf, WhoStartsSeveralAtOnceDoesNotOnePieceOfWork) {
  const LiveJob& one = start(kMake);
  const LiveJob& two = start(kMake);
  const policy::FamilyId age = two.family();
  end(one);
  end(two);
  const policy::FamilyId later = start(kGcc).family();
  const LiveJob& next = start(kMake);
  EXPECT_LT(age, later);
  EXPECT_LT(later, next.family());
}

TEST_F(StartersOf, AJobOfNobodyKnownIsTheYoungest) {
  end(start({}));
  const policy::FamilyId later = start(kGcc).family();
  EXPECT_LT(later, start({}).family());
}

TEST_F(StartersOf, AfterFifteenStepsTheAgeIsANewOne) {
  const LiveJob* step = &start(kGcc);
  const policy::FamilyId later = start(kOtherGcc).family();
  for (int i = 0; i < 15; ++i) {
    end(*step);
    step = &start(kGcc);
    EXPECT_LT(step->family(), later);
  }
  end(*step);
  EXPECT_LT(later, start(kGcc).family());
}

TEST_F(StartersOf, ASupervisorThatTakesOverKnowsTheSame) {
  end(start(kGcc));
  end(start(kMake), 3s);
  end(start(kMake), 4s);
  LiveJob& other = start(kOtherGcc);
  start(kMake, 5s);

  LiveJobs jobs(area_);
  // Their processes are made up, so they count as ended.
  (void)jobs.adopt(at(6s));
  Starters successor(jobs);
  successor.adopt(area_);
  EXPECT_LT(successor.family_for(kGcc), other.family());
  EXPECT_LT(other.family(), successor.family_for(kMake));
}

TEST_F(StartersOf, OfThousandsThatEndedNoneIsKept) {
  // No process has such a number.
  for (int i = 0; i < 1000; ++i) end(start({(1 << 22) + i, 1}));
  EXPECT_LE(starters_.known(), 256U);
}

TEST(StarterOf, IsTheParentOrThatOfTheShim) {
  const Kinship plain{.passed = {kGcc, kMake}};
  EXPECT_EQ(starter_of(plain, {}), kGcc);
  const Kinship shimmed{.passed = {kShim, kGcc, kMake}};
  EXPECT_EQ(starter_of(shimmed, kShim), kGcc);
  EXPECT_EQ(starter_of({.passed = {kShim}}, kShim).pid, 0);
  EXPECT_EQ(starter_of({}, {}).pid, 0);
}

}  // namespace
}  // namespace memguard::supervisor
