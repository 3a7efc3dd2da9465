#include "supervisor/intake/late_execs.h"

#include <gtest/gtest.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

class LateExecsOf : public testing::Test {
 protected:
  static Instant at(Duration d) { return Instant(d); }

  LateExecsOf() {
    // This test program is a job to a user who says so.
    config_.classes.push_back({"test", {{"intake_test", "test"}}});
  }
  // An exec that is done, or is not, by what the stack's start was before.
  void add(const WaitingChild& child, bool done) {
    ExecFacts exec{};
    exec.process = child.identity();
    exec.old_stack = proc::read_stat(child.pid())->start_stack + (done ? 16 : 0);
    execs_.add(exec, at(1s));
  }

  config::Config config_;
  LateExecs execs_{config_};
  WaitingChild child_;
};

TEST_F(LateExecsOf, AJobIsFoundWhenItsExecIsDone) {
  add(child_, true);
  ASSERT_TRUE(execs_.next_look(at(1s)));
  const auto jobs = execs_.look(at(1s) + 1ms);
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].process, child_.identity());
  EXPECT_EQ(jobs[0].program.view(), "intake_test");
  EXPECT_FALSE(execs_.next_look(at(2s)));
}

TEST_F(LateExecsOf, OneThatIsNotDoneIsLookedAtLessAndLess) {
  add(child_, false);
  EXPECT_TRUE(execs_.look(at(1s) + 1ms).empty());
  EXPECT_LT(*execs_.next_look(at(1s) + 1ms), 1ms);
  EXPECT_TRUE(execs_.look(at(1801ms)).empty());
  EXPECT_GT(*execs_.next_look(at(1801ms)), 50ms);
  // It has failed: nobody looks any more.
  EXPECT_TRUE(execs_.look(at(100s)).empty());
  EXPECT_FALSE(execs_.next_look(at(100s)));
}

TEST_F(LateExecsOf, WhatIsNoJobOrHasEndedIsForgotten) {
  config_.classes.pop_back();
  WaitingChild gone;
  add(child_, true);
  add(gone, false);
  gone.end();
  EXPECT_TRUE(execs_.look(at(1s) + 1ms).empty());
  EXPECT_FALSE(execs_.next_look(at(2s)));
}

TEST_F(LateExecsOf, OfOneProcessTheLastExecCounts) {
  add(child_, true);
  add(child_, true);
  EXPECT_EQ(execs_.look(at(1s) + 1ms).size(), 1U);
}

}  // namespace
}  // namespace memguard::supervisor
