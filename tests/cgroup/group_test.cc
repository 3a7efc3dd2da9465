// What Group writes, and what it makes of the kernel's answers.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroup/group.h"
#include "fake_cgroup_dir.h"

namespace memguard::cgroup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Beyond any pid_max (2^22): no mistake here can hit a real process.
constexpr pid_t kPid = 5'000'000;

class GroupTest : public testing::Test {
 protected:
  GroupTest() : top_(tree_.open()) {
    EXPECT_TRUE(top_.enable_controller("memory"));
    job_.emplace(*top_.make("job"));
    tree_.clear_log();
  }
  FakeTree tree_;
  Group top_;
  std::optional<Group> job_;
};

TEST_F(GroupTest, LimitsAreWrittenAsTheKernelWantsThem) {
  ASSERT_TRUE(job_->set_memory_max({1048576}));
  ASSERT_TRUE(job_->set_memory_high(Bytes::unlimited()));
  ASSERT_TRUE(job_->set_swap_max({}));
  ASSERT_TRUE(job_->set_oom_group(true));
  EXPECT_THAT(tree_.log(), ElementsAre("job/memory.max=1048576", "job/memory.high=max", "job/memory.swap.max=0",
                                       "job/memory.oom.group=1"));
}

TEST_F(GroupTest, NewGroupIsMarkedForSystemdOomd) { EXPECT_EQ(*job_->dir().attribute("user.oomd_avoid"), "1"); }

TEST_F(GroupTest, GroupIsMadeWhereAttributesAreNotSupported) {
  tree_.fail("attribute", "other", "user.oomd_avoid", EOPNOTSUPP);
  EXPECT_TRUE(top_.make("other"));
}

// Before 6.9 the kernel refuses to be told what to take.
TEST_F(GroupTest, SwappingOutAsksForWhatIsNoFileAndTellsWhatWentToSwap) {
  tree_.set_text("job", "memory.current", "50\n");
  EXPECT_EQ(job_->swap_out({80}).value_or(Bytes{}), Bytes{50});
  tree_.fail("write", "job", "memory.reclaim", EACCES);
  EXPECT_EQ(job_->swap_out({80}).error().code, EACCES);
}

TEST_F(GroupTest, ReclaimIsLookedForWithoutTakingAnything) {
  tree_.set_text("job", "memory.current", "50\n");
  EXPECT_TRUE(job_->can_reclaim());
  EXPECT_EQ(job_->memory_current().value_or(Bytes{}), Bytes{50});
  tree_.fail("write", "job", "memory.reclaim", ENOENT);
  EXPECT_FALSE(job_->can_reclaim());
}

TEST_F(GroupTest, TriggerIsWrittenInMicroseconds) {
  ASSERT_TRUE(job_->pressure_trigger("some", std::chrono::milliseconds(150), std::chrono::seconds(1)));
  EXPECT_THAT(tree_.log(), ElementsAre("job/trigger memory.pressure=some 150000 1000000"));
}

TEST_F(GroupTest, PressureThatIsOffIsAnError) {
  tree_.fail("read", "job", "memory.pressure", EOPNOTSUPP);
  EXPECT_EQ(job_->memory_pressure().error().code, EOPNOTSUPP);
}

TEST_F(GroupTest, RefusedTextNamesTheFileItCameFrom) {
  tree_.set_text("job", "memory.stat", "anon ten\nfile 1\n");
  EXPECT_THAT(job_->memory_stat().error().what, HasSubstr("/fake/job/memory.stat"));
}

TEST_F(GroupTest, ProcessThatEndsWhileItIsMovedIsNoError) {
  tree_.spawn(kPid, "job");
  tree_.spawn(kPid + 1, "job");
  const auto other = top_.make("other");
  tree_.fail("write", "other", "cgroup.procs", ESRCH);
  ASSERT_TRUE(job_->move_all_to(*other));
  EXPECT_EQ(tree_.where(kPid), "other");
  EXPECT_EQ(tree_.where(kPid + 1), "other");
}

TEST_F(GroupTest, MovingIntoARemovedGroupIsAnError) {
  tree_.spawn(kPid, "job");
  const auto other = top_.make("other");
  ASSERT_TRUE(top_.remove("other", Duration{}));
  EXPECT_EQ(job_->move_all_to(*other).error().code, ENODEV);
}

TEST_F(GroupTest, RefusedMoveIsAnError) {
  tree_.spawn(kPid, "job");
  const auto other = top_.make("other");
  tree_.fail("write", "other", "cgroup.procs", EACCES);
  EXPECT_EQ(job_->move_all_to(*other).error().code, EACCES);
}

TEST_F(GroupTest, RemovingABusyGroupIsTriedAgain) {
  tree_.fail("remove", "", "job", EBUSY, 2);
  ASSERT_TRUE(top_.remove("job", std::chrono::seconds(1)));
  EXPECT_THAT(tree_.groups(), IsEmpty());
}

TEST_F(GroupTest, RemovingABusyGroupGivesUp) {
  tree_.spawn(kPid, "job");
  EXPECT_EQ(top_.remove("job", Duration{}).error().code, EBUSY);
}

TEST_F(GroupTest, ProcsBelowLeavesOutWhatVanishes) {
  tree_.spawn(kPid, "job");
  ASSERT_TRUE(job_->make("a"));
  tree_.fail("open", "job", "a", ENOENT);
  EXPECT_THAT(*job_->procs_below(), ElementsAre(kPid));
}

TEST_F(GroupTest, KernelWithoutKillFileFreezesAndThaws) {
  tree_.fail("write", "job", "cgroup.kill", ENOENT);
  tree_.spawn(kPid, "job");
  ASSERT_TRUE(job_->kill());
  EXPECT_THAT(tree_.log(), ElementsAre("job/cgroup.freeze=1", "job/cgroup.freeze=0"));
}

TEST_F(GroupTest, WaitingForAGroupThatIsGoneEndsAtOnce) {
  ASSERT_TRUE(top_.remove("job", Duration{}));
  EXPECT_TRUE(job_->wait_empty(Duration{}));
}

TEST_F(GroupTest, WaitingForAGroupThatStaysGivesUp) {
  tree_.spawn(kPid, "job");
  EXPECT_EQ(job_->wait_empty(Duration{}).error().code, EBUSY);
}

TEST_F(GroupTest, KillOfAGroupThatCannotBeFrozenOwesNoThaw) {
  tree_.fail("write", "job", "cgroup.kill", ENOENT);
  tree_.fail("write", "job", "cgroup.freeze", ENODEV);
  EXPECT_EQ(job_->kill().error().code, ENODEV);
  EXPECT_THAT(tree_.log(), IsEmpty());
}

}  // namespace
}  // namespace memguard::cgroup
