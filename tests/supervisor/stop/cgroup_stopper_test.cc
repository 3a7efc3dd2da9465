// The leaves of jobs, in cgroups that the test holds.
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "exec_to_hold.h"
#include "fake_cgroup_dir.h"
#include "supervisor/stop/stopper.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// One process in main/.
class ALeaf : public testing::Test {
 protected:
  ALeaf() {
    const cgroup::Group run(tree_.open());
    home_.tier = cgroup::Tier::full;
    home_.run_name = "memguard-of-a-test";
    EXPECT_TRUE(run.enable_controller("memory"));
    home_.build = run.make("build").value();
    home_.main = home_.build->make("main").value();
    tree_.spawn(child_.pid(), "build/main");
    tree_.clear_log();
  }

  [[nodiscard]] StopTarget target(int leaf) const { return {leaf, {process_}}; }
  [[nodiscard]] bool is_frozen(const std::string& group) const {
    return home_.build->open(group).value().events().value().frozen;
  }
  [[nodiscard]] std::string entry() const { return fmt::format("build/job-0/cgroup.procs={}", process_.pid); }
  // A leaf of a supervisor before us.
  void leave(const std::string& group, pid_t process) {
    EXPECT_TRUE(home_.build->make(group).value().set_frozen(true));
    tree_.spawn(process, "build/" + group);
  }

  WaitingChild child_;
  proc::Identity process_ = child_.identity();
  cgroup::FakeTree tree_;
  cgroup::Home home_;
  std::unique_ptr<Stopper> stopper_ = make_cgroup_stopper(home_, -1);
};

TEST_F(ALeaf, IsFrozenBeforeAnybodyIsMovedIn) {
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_THAT(tree_.log(), ElementsAre("make build/job-0", "build/job-0/cgroup.freeze=1", entry()));
}

TEST_F(ALeaf, IsEnteredOnce) {
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_EQ(std::ranges::count(tree_.log(), entry()), 1);
}

TEST_F(ALeaf, ThatOneIsPlacedInRuns) {
  EXPECT_TRUE(stopper_->place(target(2)));
  EXPECT_EQ(tree_.where(process_.pid), "build/job-2");
  EXPECT_FALSE(is_frozen("job-2"));
}

TEST_F(ALeaf, RunsAgainWhenItIsThawed) {
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_TRUE(stopper_->thaw({0, {}}));
  EXPECT_FALSE(is_frozen("job-0"));
  EXPECT_EQ(tree_.where(process_.pid), "build/job-0");
}

TEST_F(ALeaf, OfASupervisorBeforeUsIsUsedAgain) {
  leave("job-0", 101);
  EXPECT_TRUE(stopper_->place(target(0)));
  EXPECT_EQ(tree_.where(process_.pid), "build/job-0");
}

TEST_F(ALeaf, EndsAsAWholeForMemory) {
  ASSERT_TRUE(home_.build->enable_controller("memory"));
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_EQ(home_.build->open("job-0")->dir().read("memory.oom.group"), "1\n");
}

TEST_F(ALeaf, IsNotEnteredByWhoHasEnded) {
  child_.end();
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_EQ(tree_.where(process_.pid), "build/main");
}

TEST_F(ALeaf, TakesTheOthersWhenOneEndsOnItsWay) {
  const WaitingChild second;
  tree_.spawn(second.pid(), "build/main");
  tree_.fail("write", "build/job-0", "cgroup.procs", ESRCH);
  EXPECT_TRUE(stopper_->freeze({0, {process_, second.identity()}}));
  EXPECT_EQ(tree_.where(process_.pid), "build/main");
  EXPECT_EQ(tree_.where(second.pid()), "build/job-0");
}

TEST_F(ALeaf, ThatRefusesAProcessIsAnError) {
  tree_.fail("write", "build/job-0", "cgroup.procs", EBUSY, 2);
  EXPECT_EQ(stopper_->freeze(target(0)).error().code, EBUSY);
  EXPECT_EQ(stopper_->place(target(0)).error().code, EBUSY);
}

TEST_F(ALeaf, ThatCannotBeFrozenIsEnteredByNobody) {
  tree_.fail("write", "build/job-0", "cgroup.freeze", EIO);
  EXPECT_EQ(stopper_->freeze(target(0)).error().code, EIO);
  EXPECT_EQ(tree_.where(process_.pid), "build/main");
}

TEST_F(ALeaf, ThatCannotBeMadeIsAnErrorOfEveryStep) {
  tree_.fail("make", "build", "job-0", ENOSPC, 4);
  EXPECT_THAT(stopper_->freeze(target(0)).error().text(), HasSubstr("make a leaf for a job"));
  EXPECT_EQ(stopper_->place(target(0)).error().code, ENOSPC);
  EXPECT_EQ(stopper_->thaw(target(0)).error().code, ENOSPC);
  EXPECT_FALSE(stopper_->is_stopped(target(0)));
  stopper_->vacate(0);
  EXPECT_TRUE(stopper_->freeze(target(0)));
}

TEST_F(ALeaf, StopsWhoIsInItWhileItIsFrozen) {
  EXPECT_FALSE(stopper_->is_stopped(target(-1)));
  EXPECT_TRUE(stopper_->place(target(0)));
  EXPECT_FALSE(stopper_->is_stopped(target(0)));
  EXPECT_TRUE(stopper_->freeze(target(0)));
  EXPECT_TRUE(stopper_->is_stopped(target(0)));
  EXPECT_FALSE(stopper_->is_stopped({0, {{::getpid(), 1}}}));
  EXPECT_TRUE(stopper_->thaw(target(0)));
  EXPECT_FALSE(stopper_->is_stopped(target(0)));
}

TEST_F(ALeaf, OfWhoWasHeldAndWhoseExecFailedIsLeftAgain) {
  EXPECT_TRUE(stopper_->freeze(target(0)));
  ExecFacts facts{};
  facts.process = process_;
  facts.old_stack = proc::read_stat(process_.pid)->start_stack;
  HoldOutcome outcome = HoldOutcome::under_way;
  while (outcome == HoldOutcome::under_way) outcome = stopper_->look_again(facts, 0);
  EXPECT_EQ(outcome, HoldOutcome::exec_failed);
  EXPECT_EQ(tree_.where(process_.pid), "build/main");
  EXPECT_FALSE(is_frozen("job-0"));
}

TEST_F(ALeaf, IsThawedBeforeItIsVacated) {
  leave("job-0", 101);
  tree_.clear_log();
  stopper_->vacate(0);
  EXPECT_THAT(tree_.log(), ElementsAre("build/job-0/cgroup.freeze=0", "build/main/cgroup.procs=101"));
}

TEST_F(ALeaf, WithoutAJobIsClearedAndOneThatIsStoppedStays) {
  leave("job-0", 100);
  leave("job-1", 101);
  leave("job-2", 102);
  leave("somebody", 103);
  stopper_->clear_leaves({0}, {0, 1});
  EXPECT_TRUE(is_frozen("job-0"));
  EXPECT_FALSE(is_frozen("job-1"));
  EXPECT_EQ(tree_.where(101), "build/job-1");
  EXPECT_FALSE(is_frozen("job-2"));
  EXPECT_EQ(tree_.where(102), "build/main");
  EXPECT_TRUE(is_frozen("somebody"));
  EXPECT_EQ(tree_.where(103), "build/somebody");
}

TEST_F(ALeaf, ThatVanishesKeepsNoOtherFromBeingCleared) {
  leave("job-1", 101);
  leave("job-2", 102);
  tree_.fail("open", "build", "job-1", ENOENT);
  stopper_->clear_leaves({}, {});
  EXPECT_EQ(tree_.where(102), "build/main");
}

TEST_F(ALeaf, StaysAsItIsWhereNobodyCanTellWhichThereAre) {
  leave("job-0", 100);
  tree_.fail("read", "build", ".", EACCES);
  stopper_->clear_leaves({}, {});
  EXPECT_TRUE(is_frozen("job-0"));
}

// Where few files may be open, some of the leaves are closed meanwhile.
TEST_F(ALeaf, OfManyIsThawedWhereFewFilesMayBeOpen) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  for (const int leaf : {0, 1, 2, 3, 4}) EXPECT_TRUE(stopper_->freeze({leaf, {}}));
  for (const int leaf : {0, 1, 2, 3, 4}) EXPECT_TRUE(stopper_->thaw({leaf, {}}));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (const int leaf : {0, 1, 2, 3, 4}) EXPECT_FALSE(is_frozen(fmt::format("job-{}", leaf)));
}

// A job at birth: the child of the test that waits in its exec is taken for a process of main/ in the fake tree.
class HeldAtBirth : public ALeaf {
 protected:
  HeldAtBirth() {
    stopper_ = make_cgroup_stopper(home_, exec_.listener());
    facts_.process = {kNobody, 1};
    facts_.thread = kNobody;
    tree_.spawn(kNobody, "build/main");
  }
  void SetUp() override {
    if (!ExecToHold::possible()) GTEST_SKIP() << "no exec of this test can be held";
  }
  // An exec that was answered comes to its end.
  HoldOutcome hold() {
    const HoldOutcome outcome = stopper_->hold(facts_, exec_.id(), 0);
    EXPECT_TRUE(exec_.answered());
    return outcome;
  }

  // No process has this pid: /proc, where the child is outside the fake tree, tells nothing of it.
  static constexpr pid_t kNobody = 1 << 30;
  ExecToHold exec_;
  ExecFacts facts_{};
};

TEST_F(HeldAtBirth, AJobGoesOnIntoALeafThatIsFrozenAlready) {
  EXPECT_EQ(hold(), HoldOutcome::held);
  EXPECT_THAT(tree_.log(), ElementsAre("make build/job-0", "build/job-0/cgroup.freeze=1",
                                       fmt::format("build/job-0/cgroup.procs={}", kNobody)));
  EXPECT_EQ(exec_.end(), 0);
}

TEST_F(HeldAtBirth, AJobOutsideTheBuildIsLeftAlone) {
  facts_ = exec_.facts();
  EXPECT_EQ(hold(), HoldOutcome::outside);
  EXPECT_THAT(tree_.log(), IsEmpty());
  EXPECT_EQ(exec_.end(), 0);
}

TEST_F(HeldAtBirth, AJobWithoutALeafRuns) {
  tree_.fail("make", "build", "job-0", EACCES);
  EXPECT_EQ(hold(), HoldOutcome::runs);
  EXPECT_EQ(tree_.where(kNobody), "build/main");
}

TEST_F(HeldAtBirth, AJobRunsWhereTheKernelFreezesNothing) {
  tree_.fail("write", "build/job-0", "cgroup.freeze", EIO);
  EXPECT_EQ(hold(), HoldOutcome::runs);
  EXPECT_EQ(tree_.where(kNobody), "build/main");
}

TEST_F(HeldAtBirth, AJobThatEndsOnItsWayLeavesNoFrozenLeaf) {
  tree_.fail("write", "build/job-0", "cgroup.procs", ESRCH);
  EXPECT_EQ(hold(), HoldOutcome::gone);
  EXPECT_FALSE(is_frozen("job-0"));
}

// Whoever has its pid by now is not to be moved.
TEST_F(HeldAtBirth, AProcessThatWaitsNoMoreIsNotMoved) {
  exec_.kill();
  EXPECT_EQ(hold(), HoldOutcome::gone);
  EXPECT_THAT(tree_.log(), Not(Contains(HasSubstr("cgroup.procs"))));
  EXPECT_FALSE(is_frozen("job-0"));
}

}  // namespace
}  // namespace memguard::supervisor
