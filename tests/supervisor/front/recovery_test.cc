// What a dead supervisor has left behind: a tree with frozen leaves, stopped processes, execs that wait.
#include "supervisor/front/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "cgroup/run_tree.h"
#include "child_states.h"
#include "fake_cgroup_dir.h"
#include "launched_command.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

class ThawedTree : public testing::Test {
 protected:
  ThawedTree() {
    tree_.spawn(::getpid());
    home_ = cgroup::make_run(cgroup::Group(tree_.open()), cgroup::Origin::own_subtree, {}).value();
    for (const char* name : {"job-1", "job-2"}) EXPECT_TRUE(home_.build->make(name)->set_frozen(true));
    EXPECT_TRUE(home_.build->set_memory_high(Bytes{1 << 20}));
    tree_.clear_log();
  }
  [[nodiscard]] std::string build() const { return home_.run_name + "/build"; }
  [[nodiscard]] std::string thawed(const std::string& leaf) const { return build() + "/" + leaf + "/cgroup.freeze=0"; }

  cgroup::FakeTree tree_;
  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
};

TEST_F(ThawedTree, HasNothingFrozenAndNoThrottle) {
  thaw_everything(home_, area_);
  EXPECT_THAT(tree_.log(), Contains(thawed("job-1")));
  EXPECT_THAT(tree_.log(), Contains(thawed("job-2")));
  EXPECT_TRUE(home_.build->memory_high()->is_unlimited());
}

TEST_F(ThawedTree, MayLackALeafThatHasGoneMeanwhile) {
  tree_.fail("open", build(), "job-1", ENOENT);
  tree_.fail("write", build() + "/main", "cgroup.freeze", ENODEV);
  thaw_everything(home_, area_);
  EXPECT_THAT(tree_.log(), Not(Contains(thawed("job-1"))));
  EXPECT_THAT(tree_.log(), Contains(thawed("job-2")));
}

TEST_F(ThawedTree, MayLackAMemoryController) {
  tree_.fail("write", build(), "memory.high", ENOENT);
  thaw_everything(home_, area_);
  EXPECT_THAT(tree_.log(), Contains(thawed("job-2")));
}

TEST_F(ThawedTree, MayBeGoneAsAWhole) {
  tree_.fail("write", build(), "memory.high", ENODEV);
  tree_.fail("read", build(), ".", ENODEV);
  thaw_everything(home_, area_);
  EXPECT_THAT(tree_.log(), IsEmpty());
}

// In tier `signal`.
class ContinuedJobs : public testing::Test {
 protected:
  JobRecord& job(const WaitingChild& child) {
    JobRecord& record = *area_.add_job();
    record.process = child.identity();
    record.phase = JobPhase::frozen;
    stop(child.pid());
    return record;
  }
  void thaw() { thaw_everything(home_, area_); }

  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
};

TEST_F(ContinuedJobs, AreThoseThatNoRecordCallsEnded) {
  const WaitingChild frozen;
  const WaitingChild marked_too_early;
  const WaitingChild ended;
  job(frozen);
  job(marked_too_early).phase = JobPhase::running;
  job(ended).phase = JobPhase::ended;
  thaw();
  EXPECT_FALSE(stopped(frozen.pid()));
  EXPECT_FALSE(stopped(marked_too_early.pid()));
  EXPECT_TRUE(stopped(ended.pid()));
}

TEST_F(ContinuedJobs, AreNotWhoHasTheirPidNow) {
  const WaitingChild later;
  ++job(later).process.start_ticks;
  thaw();
  EXPECT_TRUE(stopped(later.pid()));
}

TEST_F(ContinuedJobs, GoOnWithWhatTheyStarted) {
  const WaitingChild wrapper([] {
    if (::fork() != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  });
  const pid_t tool = proc::descendants(wrapper.pid()).at(0).pid;
  job(wrapper);
  stop(tool);
  thaw();
  EXPECT_FALSE(stopped(tool));
}

TEST_F(ContinuedJobs, AreNotNeededWhereAJobHasVanished) {
  WaitingChild vanished;
  const WaitingChild frozen;
  job(vanished);
  job(frozen);
  vanished.end();
  thaw();
  EXPECT_FALSE(stopped(frozen.pid()));
}

class Slots : public LaunchedCommand {
 protected:
  SharedArea& area_ = *SharedArea::create().value();
};

TEST_F(Slots, AreFreeAgainThoughNobodyWaits) {
  area_.slots[0].state = SlotState::received;
  area_.slots[1].state = SlotState::asked;
  area_.slots.back().state = SlotState::taken;
  answer_everything(area_, -1);
  // The front's own thread has it.
  EXPECT_EQ(area_.slots[0].state, SlotState::received);
  area_.slots[0].state = SlotState::empty;
  for (const GateSlot& slot : area_.slots) EXPECT_EQ(slot.state, SlotState::empty);
}

TEST_F(Slots, InUseHaveTheirExecsGoOn) {
  plan_.gate = true;
  plan_.command = {"/bin/sh", "-c", "exit 7"};
  start();
  if (!launched_.listener) GTEST_SKIP() << launched_.gate_refused->text();
  let_go(launched_, false);
  pollfd pending{launched_.listener.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&pending, 1, -1), 1);
  GateSlot& slot = area_.slots[5];
  ASSERT_TRUE(gate::receive(launched_.listener.get(), slot.notification).value_or(false));
  slot.state = SlotState::taken;
  answer_everything(area_, launched_.listener.get());
  EXPECT_EQ(end(), 7);
  EXPECT_EQ(slot.state, SlotState::empty);
}

}  // namespace
}  // namespace memguard::supervisor
