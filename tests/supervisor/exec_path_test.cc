// The path of an exec through a whole supervisor: it arrives, is held, let go, frozen, thawed, evicted, started again,
// and ends.
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_shim.h"
#include "stop/exec_to_hold.h"
#include "waiting_child.h"
#include "whole_supervisor.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using status::Request;

using ExecPath = WholeSupervisor;
using ExecPathBesideWork = BesideWork;
using ExecPathOfTheKernel = HeldExec;

TEST_F(ExecPath, an_exec_with_room_is_let_go) {
  start_supervisor();
  const WaitingChild job;
  const GateSlot& slot = arrives(job.identity());
  const JobRecord& record = reaches(JobPhase::running, job.identity());
  is_answered(slot);
  EXPECT_FALSE(record.was_held);
  EXPECT_GE(record.predicted, kLittle);
}

// One before it was told of the exec, and died.
TEST_F(ExecPath, an_exec_that_came_before_the_supervisor_is_taken_in) {
  const WaitingChild job;
  (void)arrives(job.identity());
  eventfd_t told = 0;
  ASSERT_EQ(::eventfd_read(wake_.get(), &told), 0);
  start_supervisor();
  (void)reaches(JobPhase::running, job.identity());
}

TEST_F(ExecPath, an_exec_without_room_is_held_until_there_is_some) {
  expect_of_each(kMostOfIt);
  start_supervisor();
  WaitingChild first;
  const WaitingChild second;
  (void)runs(first.identity());
  const GateSlot& slot = arrives(second.identity());
  const JobRecord& record = reaches(JobPhase::held, second.identity());
  EXPECT_EQ(slot.state, SlotState::taken);
  first.end();
  (void)reaches(JobPhase::running, second.identity());
  is_answered(slot);
  EXPECT_GT(record.held, 0s);
}

TEST_F(ExecPath, an_exec_that_cannot_be_held_runs_and_is_counted) {
  expect_of_each(kMostOfIt);
  parts_.gate.wait_killable = true;
  start_supervisor();
  const WaitingChild first;
  const WaitingChild second;
  (void)runs(first.identity());
  const GateSlot& slot = arrives(second.identity());
  const auto& unstoppable = area_.unguarded.at(static_cast<std::size_t>(report::Unguarded::unstoppable));
  until([&] { return unstoppable == 1; });
  (void)reaches(JobPhase::running, second.identity());
  is_answered(slot);
}

TEST_F(ExecPath, an_end_is_noted_with_what_it_died_of) {
  start_supervisor();
  const WaitingChild job;
  const JobRecord& record = runs(job.identity());
  // Nobody has asked for its status yet.
  ::kill(job.pid(), SIGKILL);
  (void)reaches(JobPhase::ended, job.identity());
  EXPECT_EQ(record.outcome, report::Outcome::killed);
  EXPECT_EQ(record.killer, report::Killer::somebody);
  EXPECT_EQ(area_.totals.lost, 0);
}

TEST_F(ExecPath, what_waits_ends_as_well_as_what_runs) {
  expect_of_each(kMostOfIt);
  start_supervisor();
  const WaitingChild first;
  WaitingChild second;
  const auto identity = second.identity();
  (void)runs(first.identity());
  const GateSlot& slot = arrives(identity);
  (void)reaches(JobPhase::held, identity);
  second.end();
  (void)reaches(JobPhase::ended, identity);
  is_answered(slot);
}

TEST_F(ExecPath, at_the_end_of_the_build_everything_is_let_go) {
  expect_of_each(kMostOfIt);
  start_supervisor();
  const WaitingChild first;
  const WaitingChild second;
  const WaitingChild third;
  (void)runs(first.identity());
  const GateSlot& held = arrives(second.identity());
  (void)reaches(JobPhase::held, second.identity());
  area_.ending = true;
  wake();
  (void)reaches(JobPhase::running, second.identity());
  is_answered(held);
  is_answered(arrives(third.identity()));
  EXPECT_EQ(record_of(third.identity()), nullptr) << "it is no job any more";
}

TEST_F(ExecPath, when_the_command_has_ended_the_supervisor_ends_with_the_last_jobs) {
  start_supervisor();
  const WaitingChild job;
  const JobRecord& record = runs(job.identity());
  // Told of both at once, and of the command's end first.
  while_supervisor_is_stopped([&] {
    area_.finished = true;
    wake();
    ::kill(job.pid(), SIGKILL);
    until([&] { return !proc::alive(job.identity()); });
  });
  EXPECT_EQ(end_of_supervisor(), 0);
  EXPECT_EQ(record.phase, JobPhase::ended);
}

// What was not read went on at once; what it has become is read when its exec is done.
TEST_F(ExecPath, an_exec_that_was_not_read_is_a_job_once_it_is_done) {
  start_supervisor();
  const std::string rustc = folder_.in("rustc");
  ASSERT_EQ(::symlink("/bin/sh", rustc.c_str()), 0);
  ASSERT_EQ(::mkfifo(folder_.in("fifo").c_str(), 0600), 0);
  const std::string waits = "read go <'" + folder_.in("fifo") + "'";
  const WaitingChild job([&] { (void)::execl(rustc.c_str(), "rustc", "-c", waits.c_str(), "lib.rs", nullptr); });
  GateSlot& slot = next_slot();
  slot.facts = {};
  slot.facts.process = job.identity();
  slot.facts.unread = true;
  slot.state = SlotState::asked;
  wake();
  const JobRecord& record = reaches(JobPhase::running, job.identity());
  is_answered(slot);
  EXPECT_EQ(record.program.view(), "rustc");
}

TEST_F(ExecPathOfTheKernel, is_held_before_the_first_instruction_of_its_program) {
  if (!ExecToHold::possible()) GTEST_SKIP() << "SKIP: needs Linux 5.19";
  (void)hold(true);
  EXPECT_TRUE(exec_.is_done()) << "who started it goes on";
  is_answered(slot_);
  expect_let_go();
}

TEST_F(ExecPathOfTheKernel, is_held_unanswered_where_the_kernel_is_old) {
  (void)hold(false);
  EXPECT_FALSE(exec_.is_done());
  EXPECT_EQ(slot_.state, SlotState::taken);
  expect_let_go();
}

TEST_F(ExecPathBesideWork, a_job_is_frozen_and_thawed) {
  const WaitingChild job;
  thaw(freeze(job.identity()));
}

TEST_F(ExecPathBesideWork, the_oldest_is_not_frozen) {
  EXPECT_THAT(ask_for(Request::Kind::freeze, *record_of(works_.identity())),
              testing::HasSubstr("the oldest always runs"));
  EXPECT_FALSE(is_stopped(works_.pid()));
}

TEST_F(ExecPathBesideWork, what_is_evicted_is_started_again_with_its_age) {
  const shim::FakeShim shim(run_id_);
  const auto first = shim.next_compiler();
  const JobRecord& evicted = runs(first);
  EXPECT_THAT(ask_for(Request::Kind::evict, evicted), testing::EndsWith(" is evicted, and will be started again"));
  const auto second = shim.next_compiler();
  EXPECT_FALSE(proc::alive(first));
  const JobRecord& again = runs(second);
  EXPECT_EQ(evicted.outcome, report::Outcome::evicted);
  EXPECT_EQ(again.family, evicted.family);
  EXPECT_EQ(again.start_number, 1);
  EXPECT_EQ(area_.totals.evicted, 1);
  EXPECT_EQ(area_.totals.restarted, 1);
}

TEST_F(ExecPathBesideWork, what_nobody_would_start_again_is_not_evicted) {
  const WaitingChild job;
  EXPECT_THAT(ask_for(Request::Kind::evict, runs(job.identity())), testing::HasSubstr("nobody would start it again"));
  EXPECT_TRUE(proc::alive(job.identity()));
}

}  // namespace
}  // namespace memguard::supervisor
