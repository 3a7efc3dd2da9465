// A supervisor is killed, and the next one takes over what it did with execs. takeover_test.cc has the single cases.
#include <sstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/io.h"
#include "fake_shim.h"
#include "record/recorder.h"
#include "record/replay.h"
#include "stop/exec_to_hold.h"
#include "waiting_child.h"
#include "whole_supervisor.h"

namespace memguard::supervisor {
namespace {

using NextSupervisor = BesideWork;
using NextSupervisorOfAnExec = HeldExec;

TEST_F(NextSupervisor, what_is_frozen_stays_so_under_the_next_supervisor_and_is_thawed_by_it) {
  const WaitingChild job;
  const JobRecord& record = freeze(job.identity());
  replace_supervisor();
  EXPECT_EQ(record.phase, JobPhase::frozen);
  EXPECT_TRUE(is_stopped(job.pid()));
  thaw(record);
}

TEST_F(NextSupervisor, what_ends_while_no_supervisor_lives_is_ended_by_the_next) {
  WaitingChild job;
  const JobRecord& record = runs(job.identity());
  kill_supervisor();
  job.end();
  start_supervisor();
  until([&] { return record.phase == JobPhase::ended; });
  EXPECT_EQ(record.outcome, report::Outcome::done);
  EXPECT_EQ(record_of(works_.identity())->phase, JobPhase::running);
}

// The one before had written down what it was about to do, and died.
TEST_F(NextSupervisor, what_was_to_be_evicted_is_started_again_by_the_next_supervisor) {
  const shim::FakeShim shim(run_id_);
  const auto first = shim.next_compiler();
  JobRecord& evicted = runs(first);
  kill_supervisor();
  evicted.evicted = evicted.being_killed = true;
  start_supervisor();
  const auto second = shim.next_compiler();
  EXPECT_FALSE(proc::alive(first));
  EXPECT_EQ(runs(second).family, evicted.family);
  EXPECT_EQ(evicted.outcome, report::Outcome::evicted);
}

TEST_F(NextSupervisorOfAnExec, leaves_it_without_an_answer) {
  const JobRecord& record = hold(false);
  replace_supervisor();
  EXPECT_EQ(record.phase, JobPhase::held);
  EXPECT_EQ(slot_.state, SlotState::taken);
  EXPECT_FALSE(exec_.is_done());
  expect_let_go();
}

TEST_F(NextSupervisorOfAnExec, leaves_it_held_at_birth) {
  if (!ExecToHold::possible()) GTEST_SKIP() << "SKIP: needs Linux 5.19";
  const JobRecord& record = hold(true);
  replace_supervisor();
  EXPECT_EQ(record.phase, JobPhase::held);
  EXPECT_TRUE(is_stopped(exec_.pid()));
  expect_let_go();
}

// With `--record`, and nothing known of jobs but what they show.
class RecordedSupervisors : public WholeSupervisor {
 protected:
  RecordedSupervisors() {
    config_.rules.clear();
    parts_.record_fd = file_.get();
  }
  // Of a job that ended under a supervisor before.
  void leave_ended(Bytes peak) {
    JobRecord& job = *area_.add_job();
    job.job_class = job.policy_class = config::kRustc;
    job.phase = JobPhase::ended;
    job.outcome = report::Outcome::done;
    job.peak = peak;
  }
  // When the last one has ended.
  std::string recorded() {
    area_.finished = true;
    wake();
    EXPECT_EQ(end_of_supervisor(), 0);
    return read_at(AT_FDCWD, path_).value();
  }
  // A supervisor that is killed sooner leaves nothing: a turn is written at its end.
  void await_step() {
    until([this] {
      std::istringstream lines(read_at(AT_FDCWD, path_).value());
      const auto done = record::replay(lines);
      return done && done->steps > 0;
    });
  }
  static record::Replayed replayed(const std::string& text) {
    std::istringstream lines(text);
    return record::replay(lines).value();
  }

  const std::string path_ = folder_.in("record");
  const UniqueFd file_ = record::create(path_).value();
};

TEST_F(RecordedSupervisors, are_replayed_as_they_decided) {
  const WaitingChild first;
  const WaitingChild second;
  start_supervisor();
  (void)runs(first.identity());
  await_step();
  replace_supervisor();
  (void)runs(second.identity());
  const auto done = replayed(recorded());
  EXPECT_EQ(done.governors, 2U);
  EXPECT_GT(done.steps, 0U);
  EXPECT_EQ(done.different, 0U);
}

TEST_F(RecordedSupervisors, have_learnt_what_jobs_needed_before_them) {
  for (int i = 0; i < 20; ++i) leave_ended(kMostOfIt);
  const WaitingChild job;
  start_supervisor();
  EXPECT_GE(runs(job.identity()).predicted, 0.5 * kMostOfIt);
  const std::string text = recorded();
  EXPECT_THAT(text, testing::HasSubstr("\"learn\""));
  EXPECT_EQ(replayed(text).different, 0U);
}

}  // namespace
}  // namespace memguard::supervisor
