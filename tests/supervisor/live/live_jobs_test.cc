#include "supervisor/live/live_jobs.h"

#include <gtest/gtest.h>

#include "config/config.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

class LiveJobsOf : public testing::Test {
 protected:
  static Instant at(Duration d) { return Instant(d); }

  LiveJob* add(const WaitingChild& child, std::string_view program = "rustc") {
    ExecFacts facts{};
    facts.process = child.identity();
    facts.program.set(program);
    return jobs_.add(facts, jobs_.new_family(), at(1s));
  }

  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  WaitingChild first_;
  WaitingChild second_;
};

TEST_F(LiveJobsOf, AFamilyIsNumberedByArrival) {
  const auto older = add(first_)->family();
  EXPECT_LT(older, add(second_)->family());
  EXPECT_EQ(jobs_.all().size(), 2U);
}

TEST_F(LiveJobsOf, AProcessIsFoundAsTheJobItIs) {
  const LiveJob* job = add(first_);
  const Kinship kin = jobs_.kin_of(first_.pid(), ::getpid());
  EXPECT_EQ(kin.job, job);
  EXPECT_TRUE(kin.same_process);
}

TEST_F(LiveJobsOf, AProcessIsFoundByTheJobAboveIt) {
  // This very process stands for the rustc, its child for the linker.
  ExecFacts facts{};
  facts.process = {::getpid(), proc::read_stat(::getpid())->start_ticks};
  const LiveJob* job = jobs_.add(facts, jobs_.new_family(), at(1s));
  const Kinship kin = jobs_.kin_of(first_.pid(), 1);
  EXPECT_EQ(kin.job, job);
  EXPECT_FALSE(kin.same_process);
}

TEST_F(LiveJobsOf, NobodyIsKinOfAStranger) {
  add(first_);
  EXPECT_EQ(jobs_.kin_of(second_.pid(), ::getpid()).job, nullptr);
}

TEST_F(LiveJobsOf, AnotherProcessWithTheSamePidIsNotTheJob) {
  ExecFacts facts{};
  facts.process = {first_.pid(), first_.identity().start_ticks - 1};
  jobs_.add(facts, jobs_.new_family(), at(1s));
  EXPECT_EQ(jobs_.kin_of(first_.pid(), ::getpid()).job, nullptr);
}

TEST_F(LiveJobsOf, ARemovedJobKeepsItsRecord) {
  LiveJob* job = add(first_);
  job->record->phase = JobPhase::held;
  job->record->stopped_at = at(2s);
  jobs_.remove(job->id, report::Outcome::killed, at(5s));
  EXPECT_TRUE(jobs_.all().empty());
  const JobRecord& record = area_.jobs()[0];
  EXPECT_EQ(record.phase, JobPhase::ended);
  EXPECT_EQ(record.outcome, report::Outcome::killed);
  EXPECT_EQ(record.held, 3s);
  EXPECT_EQ(record.end, at(5s));
}

TEST_F(LiveJobsOf, AFailedExecIsDisownedAlsoAfterItsProcessEnded) {
  const policy::JobId here = add(first_)->id;
  const policy::JobId gone = add(second_)->id;
  jobs_.remove(gone, report::Outcome::done, at(2s));
  for (const auto id : {here, gone}) jobs_.disown(id, at(3s));
  EXPECT_TRUE(jobs_.all().empty());
  EXPECT_TRUE(area_.jobs()[0].never_ran);
  EXPECT_TRUE(area_.jobs()[1].never_ran);
}

TEST_F(LiveJobsOf, ANewSupervisorAdoptsTheLivingAsTheyAreAndEndsTheDead) {
  LiveJob* lives = add(first_);
  lives->record->phase = JobPhase::frozen;
  lives->record->stopped_at = at(2s);
  add(second_)->record->phase = JobPhase::running;
  second_.end();

  LiveJobs successor(area_);
  successor.adopt(at(4s));
  ASSERT_EQ(successor.all().size(), 1U);
  EXPECT_EQ(successor.all().front().record->phase, JobPhase::frozen);
  EXPECT_EQ(area_.jobs()[1].phase, JobPhase::ended);
  // Ages go on where they were.
  EXPECT_EQ(successor.new_family(), policy::FamilyId{32});
}

TEST_F(LiveJobsOf, WhatWasFoundOutOfADeathStays) {
  JobRecord& record = *add(first_)->record;
  record.phase = JobPhase::running;
  record.outcome = report::Outcome::oom_restarted;
  first_.end();
  LiveJobs successor(area_);
  successor.adopt(at(4s));
  EXPECT_EQ(record.phase, JobPhase::ended);
  EXPECT_EQ(record.outcome, report::Outcome::oom_restarted);
}

TEST_F(LiveJobsOf, AJobThatHasNotExecedYetIsNotMeasured) {
  LiveJob* job = add(first_);
  job->record->phase = JobPhase::running;
  job->old_stack = proc::read_stat(first_.pid())->start_stack;
  jobs_.measure(at(2s));
  EXPECT_FALSE(job->measured);
  EXPECT_EQ(job->memory, Bytes{});
}

TEST_F(LiveJobsOf, ARunningJobIsMeasured) {
  LiveJob* job = add(first_);
  job->record->phase = JobPhase::running;
  jobs_.measure(at(2s));
  EXPECT_TRUE(job->measured);
  EXPECT_GT(job->memory, Bytes{});
  EXPECT_GE(job->record->peak, job->memory);
}

TEST_F(LiveJobsOf, TheChildThatWorksForMoldIsPartOfTheJob) {
  // This very process stands for mold.
  ExecFacts facts{};
  facts.process = {::getpid(), proc::read_stat(::getpid())->start_ticks};
  facts.program.set("ld.mold");
  LiveJob* job = jobs_.add(facts, jobs_.new_family(), at(1s));
  job->record->phase = JobPhase::running;
  job->exec = LiveJob::Exec::done;
  if (proc::children_of(::getpid()).empty()) GTEST_SKIP() << "a kernel without CONFIG_PROC_CHILDREN";
  jobs_.measure(at(2s));
  EXPECT_EQ(jobs_.kin_of(first_.pid(), ::getpid()).job, job);
  EXPECT_TRUE(jobs_.kin_of(first_.pid(), ::getpid()).same_process);
}

TEST_F(LiveJobsOf, AYoungJobIsLookedAtAgainAfterA16thOfItsLife) {
  LiveJob* job = add(first_);  // at 1 s
  job->record->phase = JobPhase::running;
  EXPECT_EQ(jobs_.look_closely(at(1160ms)), Duration(10ms));
  EXPECT_EQ(job->record->measured_at, at(1160ms));
  EXPECT_EQ(jobs_.look_closely(at(1168ms)), Duration(2500us));
  EXPECT_EQ(job->record->measured_at, at(1160ms));
  EXPECT_EQ(jobs_.look_closely(at(1176ms)), Duration(11ms));
  EXPECT_EQ(job->record->measured_at, at(1176ms));
}

TEST_F(LiveJobsOf, AYoungCompileIsLookedAtAfter20MillisecondsWhereMemoryIsPlentiful) {
  LiveJob* job = add(first_);  // at 1 s
  job->record->phase = JobPhase::running;
  job->record->job_class = config::kCc;
  area_.plenty = true;
  EXPECT_EQ(jobs_.look_closely(at(1002ms)), Duration(18ms));
  EXPECT_EQ(job->record->measured_at, Instant{});
  EXPECT_EQ(jobs_.look_closely(at(1020ms)), Duration(20ms));
  EXPECT_EQ(job->record->measured_at, at(1020ms));
  job->record->job_class = config::kLink;
  EXPECT_LT(*jobs_.look_closely(at(1022ms)), Duration(20ms));
}

// Of 172 MiB that a rustc took in its last fifth of a second 149 were seen.
TEST_F(LiveJobsOf, AnOldJobIsLookedAtFiftyTimesASecond) {
  LiveJob* job = add(first_);
  job->record->phase = JobPhase::running;
  EXPECT_EQ(jobs_.look_closely(at(1min)), Duration(20ms));
  EXPECT_EQ(jobs_.look_closely(at(1min + 10ms)), Duration(10ms));
  EXPECT_EQ(job->record->measured_at, at(1min));
  EXPECT_EQ(jobs_.look_closely(at(1min + 20ms)), Duration(20ms));
  EXPECT_EQ(job->record->measured_at, at(1min + 20ms));
}

TEST_F(LiveJobsOf, TheMoreRunTheFurtherApartAreLooks) {
  for (int i = 0; i < 10; ++i) add(first_)->record->phase = JobPhase::running;
  EXPECT_EQ(jobs_.look_closely(at(1min)), Duration(40ms));
  for (int i = 0; i < 60; ++i) add(first_)->record->phase = JobPhase::running;
  EXPECT_EQ(jobs_.look_closely(at(1min)), std::nullopt);
}

TEST_F(LiveJobsOf, TheMoreYoungOnesRunTheFurtherApartAreLooks) {
  for (int i = 0; i < 5; ++i) add(first_)->record->phase = JobPhase::running;
  EXPECT_EQ(jobs_.look_closely(at(1032ms)), Duration(10ms));
}

TEST_F(LiveJobsOf, AStoppedJobNeedsNoCloseLook) {
  add(second_)->record->phase = JobPhase::frozen;
  EXPECT_EQ(jobs_.look_closely(at(1min)), std::nullopt);
}

TEST_F(LiveJobsOf, AStoppedJobIsLookedAtFourTimesASecond) {
  LiveJob* job = add(first_);
  job->record->phase = JobPhase::frozen;
  jobs_.measure(at(2s));
  job->memory = {};
  jobs_.measure(at(2100ms));
  EXPECT_EQ(job->memory, Bytes{});
  jobs_.measure(at(2300ms));
  EXPECT_GT(job->memory, Bytes{});
}

TEST_F(LiveJobsOf, ManyStoppedJobsAreLookedAtLessOften) {
  LiveJob* job = add(first_);
  // 199 more, of processes that are not there.
  ExecFacts gone{};
  gone.process = {-1, 0};
  for (int i = 1; i < 200; ++i) jobs_.add(gone, jobs_.new_family(), at(1s));
  for (LiveJob& each : jobs_.all()) each.record->phase = JobPhase::held;
  jobs_.measure(at(2s));
  job->memory = {};
  jobs_.measure(at(2400ms));
  EXPECT_EQ(job->memory, Bytes{});
  jobs_.measure(at(2500ms));
  EXPECT_GT(job->memory, Bytes{});
}

TEST_F(LiveJobsOf, AVanishedProcessKeepsWhatWasLastRead) {
  LiveJob* job = add(first_);
  job->record->phase = JobPhase::running;
  jobs_.measure(at(2s));
  const Bytes peak = job->record->peak;
  first_.end();
  jobs_.measure(at(2s));
  EXPECT_EQ(job->record->peak, peak);
}

}  // namespace
}  // namespace memguard::supervisor
