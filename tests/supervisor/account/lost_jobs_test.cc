#include "supervisor/account/lost_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class LostJobs : public testing::Test {
 protected:
  LostJobs() {
    config_.classes.push_back({"test", {}});
    config_.classes.push_back({"other", {}});
    run_.limit = 200_MiB;
    run_.limit_origin.text = "--memory";
    area_.memory_max = run_.limit;
  }

  JobRecord& lost(std::string_view job_class, std::string_view output, report::Killer killer = report::Killer::limit) {
    JobRecord& job = *area_.add_job();
    const auto found = std::ranges::find(config_.classes, job_class, &config::JobClass::name);
    job.job_class = static_cast<std::uint16_t>(found - config_.classes.begin());
    job.output.set(output);
    job.family = next_family_++;
    job.phase = JobPhase::ended;
    job.outcome = report::Outcome::oom;
    job.killer = killer;
    job.peak = 150_MiB;
    return job;
  }
  std::vector<std::string> lines() { return tell_lost(area_, config_, run_, home_); }

  SharedArea& area_ = *SharedArea::create().value();
  config::Config config_;
  report::RunReport run_;
  cgroup::Home home_;
  std::uint32_t next_family_ = 0;
};

// Seen: clang told of its dead linker and ended, before it was killed with the rest of its family.
TEST_F(LostJobs, OneThatNobodyStartedAgainAfterAllIsLost) {
  const auto killed = [this]() -> JobRecord& {
    JobRecord& job = lost("link", "target/app");
    job.outcome = report::Outcome::oom_restarted;
    return job;
  };
  JobRecord& twice = killed();
  killed().family = twice.family;
  JobRecord& again = killed();
  again.restarted = true;
  // Its supervisor died before it noted that it had told the shim.
  JobRecord& next_came = killed();
  JobRecord& next = lost("link", "target/app");
  next.family = next_came.family;
  next.start_number = 1;
  next.outcome = report::Outcome::done;
  JobRecord& given_up = killed();
  given_up.interrupted = true;
  note_lost(area_);
  EXPECT_EQ(twice.outcome, report::Outcome::oom);
  for (const JobRecord* job : {&again, &next_came, &given_up}) {
    EXPECT_EQ(job->outcome, report::Outcome::oom_restarted);
  }
  EXPECT_EQ(area_.totals.lost, 1) << "of a family one";
}

TEST_F(LostJobs, OneThatWasAloneDidNotFit) {
  lost("link", "target/app").alone = true;
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("link app did not fit: it used 150 MiB, alone, when it was "
                                                   "killed at the build's limit of 200 MiB (--memory)."),
                                         HasSubstr("lto = \"thin\""))));
}

TEST_F(LostJobs, AGroupAboveIsToGiveMoreWhereItSetTheLimit) {
  lost("link", "target/app");
  run_.limit_origin = {report::LimitSetter::group, "what memory.max of /ci has left", "memory.max of /ci", 210_MiB};
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("Give it more: raise memory.max of /ci (a unit, container, pod or "
                                                   "batch job sets it). Or try less debug info"),
                                         Not(HasSubstr("--memory")))));
}

// Where the kernel counts no build it is never said to have killed at the build's own limit.
TEST_F(LostJobs, OneThatWasAloneBelowAGroupNeedsAHigherLimitOfThatGroup) {
  lost("link", "target/app", report::Killer::outside).alone = true;
  run_.limit_origin = {report::LimitSetter::group, "what memory.max of /ci has left", "memory.max of /ci", 210_MiB};
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("Give it more: raise memory.max of /ci"), Not(HasSubstr("Less")))));
}

TEST_F(LostJobs, OneOfSeveralThatWasKilledAboveLeavesMoreToOthers) {
  lost("link", "target/app", report::Killer::outside);
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("Less for the build (--memory, --keep-free)")));
}

TEST_F(LostJobs, ALimitThatTheUserLoweredIsTheOneThatIsNamed) {
  lost("link", "target/app");
  area_.memory_max = 160_MiB;
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("the build's limit of 160 MiB (memguard top)")));
}

TEST_F(LostJobs, OneAmongOthersIsNotSaidToBeTooLarge) {
  lost("link", "target/app");
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("link app was killed at the build's limit of 200 MiB "
                                                   "(--memory): it used 150 MiB, beside others."),
                                         Not(HasSubstr("alone")), Not(HasSubstr("did not fit")))));
}

TEST_F(LostJobs, TheAdviceIsThatOfTheClass) {
  lost("test", "app-1a2b");
  lost("other", "codegen");
  const auto said = lines();
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_THAT(said[0], AllOf(HasSubstr("--test-jobs 1"), HasSubstr("RUST_TEST_THREADS=1"), Not(HasSubstr("lto"))));
  EXPECT_THAT(said[1], AllOf(HasSubstr("Or try fewer at once (-j)."), Not(HasSubstr("lto"))));
}

TEST_F(LostJobs, WhoWasAloneIsNotToldToRunFewer) {
  lost("test", "app-1a2b").alone = true;
  lost("other", "codegen").alone = true;
  const auto said = lines();
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_THAT(said[0], AllOf(Not(HasSubstr("--test-jobs")), HasSubstr("RUST_TEST_THREADS=1")));
  EXPECT_THAT(said[1], Not(HasSubstr("fewer")));
}

TEST_F(LostJobs, ManyOfOneFamilyAreOneLine) {
  for (int i = 0; i < 8; ++i) lost("cc", "a.o").family = 7;
  area_.jobs()[3].peak = 170_MiB;
  EXPECT_THAT(lines(),
              ElementsAre(AllOf(HasSubstr("it used 170 MiB"), HasSubstr("So were 7 more of the same family."))));
}

TEST_F(LostJobs, WhatWentWithAKilledJobIsNotBlamedOnSomebody) {
  lost("rustc", "", report::Killer::none).family = 7;
  lost("link", "target/app").family = 7;
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("link app was killed at")));
  area_.jobs()[1].outcome = report::Outcome::done;
  area_.jobs()[1].killer = report::Killer::none;
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("was ended with a job of its own that was killed for memory"),
                                         Not(HasSubstr("somebody")))));
}

TEST_F(LostJobs, WhatWeEndedOurselvesIsNobodysKill) {
  lost("link", "target/app", report::Killer::memguard).outcome = report::Outcome::killed;
  EXPECT_THAT(lines(), ElementsAre("link app still ran when the command had ended, and was ended with it."));
}

TEST_F(LostJobs, SomebodysKillIsStillSaidToBe) {
  lost("link", "target/app", report::Killer::somebody).outcome = report::Outcome::killed;
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("somebody's kill, or a guard like earlyoom")));
}

TEST_F(LostJobs, OthersAreNotTold) {
  JobRecord& done = lost("link", "a", report::Killer::none);
  done.outcome = report::Outcome::done;
  lost("link", "b", report::Killer::none).outcome = report::Outcome::oom_restarted;
  lost("link", "c").never_ran = true;
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(LostJobs, AtMostFiveLinesAndThenHowManyMore) {
  for (int i = 0; i < 9; ++i) lost("link", "app");
  ASSERT_THAT(lines(), SizeIs(6));
  EXPECT_EQ(lines().back(), "and 4 more (--json lists them)");
}

TEST_F(LostJobs, NamesCannotDriveTheTerminal) {
  lost("link", "a\x1b[2Jb");
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("a\\x1b[2Jb")));
}

}  // namespace
}  // namespace memguard::supervisor
