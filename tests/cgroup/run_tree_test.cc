// The tree of a run in a hierarchy that behaves as the kernel's: made, shared, left, swept, and failing half-way.
#include <cerrno>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cgroup/home.h"
#include "cgroup/run_tree.h"
#include "fake_cgroup_dir.h"
#include "proc/process.h"

namespace memguard::cgroup {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr pid_t kGuest = 5'000'000;
constexpr pid_t kJob = 5'000'001;
// A pid that no system has: pid_max is at most 2^22.
constexpr const char* kDeadRun = "memguard-5000009";

class RunTree : public testing::Test {
 protected:
  RunTree() { start_in(""); }

  /// The test itself is the front, and sits at `path` with a guest beside it.
  void start_in(const std::string& path) {
    tree_.end(::getpid());
    tree_.end(kGuest);
    tree_.spawn(::getpid(), path);
    tree_.spawn(kGuest, path);
  }
  Result<Home> make() { return make_run(Group(tree_.open()), Origin::own_subtree, {}); }
  /// A run whose owner was killed, with a job in it.
  void leave_dead_run(const std::string& owner = "5000009:1") {
    const Group top(tree_.open());
    const auto run = top.make(kDeadRun);
    ASSERT_TRUE(run->dir().set_attribute("user.memguard", owner));
    ASSERT_TRUE(run->make("supervisor"));
    ASSERT_TRUE(run->make("build")->make("main"));
    tree_.spawn(kJob, std::string(kDeadRun) + "/build/main");
  }

  FakeTree tree_;
  const std::string run_ = fmt::format("memguard-{}", ::getpid());
};

TEST_F(RunTree, FrontIsInSupervisorAndGuestsAreAside) {
  const auto home = make();
  ASSERT_TRUE(home) << home.error().text();
  EXPECT_EQ(tree_.where(::getpid()), run_ + "/supervisor");
  EXPECT_EQ(tree_.where(kGuest), "memguard-guests");
  EXPECT_THAT(tree_.groups(), ElementsAre("memguard-" + std::to_string(::getpid()), run_ + "/build",
                                          run_ + "/build/main", run_ + "/supervisor", "memguard-guests"));
}

TEST_F(RunTree, JobsHaveMemoryFiles) {
  const auto home = make();
  ASSERT_TRUE(home);
  EXPECT_EQ(home->tier, Tier::full);
  EXPECT_TRUE(home->missing.empty());
  EXPECT_TRUE(home->main->memory_stat());
  EXPECT_TRUE(home->build->make("job-1")->memory_current());
}

TEST_F(RunTree, RunIsMarkedWithItsOwner) {
  const auto home = make();
  ASSERT_TRUE(home);
  const auto self = proc::read_stat(::getpid());
  EXPECT_EQ(*home->run->dir().attribute("user.memguard"), fmt::format("{}:{}", self->pid, self->start_ticks));
}

TEST_F(RunTree, LeavingGivesTheRootBackAsItWas) {
  auto home = make();
  ASSERT_TRUE(home);
  tree_.spawn(kJob, run_ + "/build/main");
  ASSERT_TRUE(home->build->set_frozen(true));
  ASSERT_TRUE(leave_home(*home));
  const Group top(tree_.open());
  EXPECT_THAT(tree_.groups(), IsEmpty());
  EXPECT_THAT(*top.enabled_controllers(), IsEmpty());
  EXPECT_EQ(tree_.where(::getpid()), "");
  EXPECT_EQ(tree_.where(kGuest), "");
  EXPECT_EQ(tree_.where(kJob), "gone");
  EXPECT_EQ(top.dir().attribute("user.memguard.enabled").error().code, ENODATA);
}

TEST_F(RunTree, LeavingTwiceIsSuccess) {
  auto home = make();
  ASSERT_TRUE(home);
  EXPECT_TRUE(leave_home(*home));
  EXPECT_TRUE(leave_home(*home));
}

TEST_F(RunTree, LeavingTakesWhoElseIsInSupervisorAlong) {
  auto home = make();
  ASSERT_TRUE(home);
  constexpr pid_t kKeeper = 5'000'002;
  tree_.spawn(kKeeper, run_ + "/supervisor");
  ASSERT_TRUE(leave_home(*home));
  EXPECT_EQ(tree_.where(kKeeper), "");
}

TEST_F(RunTree, GroupsThatTheBuildMadeGoToo) {
  auto home = make();
  ASSERT_TRUE(home);
  ASSERT_TRUE(home->main->make("container")->make("inner"));
  ASSERT_TRUE(leave_home(*home));
  EXPECT_THAT(tree_.groups(), IsEmpty());
}

TEST_F(RunTree, WhileAnotherRunIsThereTheFrontBecomesAGuest) {
  auto home = make();
  ASSERT_TRUE(home);
  const Group top(tree_.open());
  ASSERT_TRUE(top.make("memguard-4999999"));
  ASSERT_TRUE(leave_home(*home));
  EXPECT_EQ(tree_.where(::getpid()), "memguard-guests");
  EXPECT_EQ(tree_.where(kGuest), "memguard-guests");
  EXPECT_TRUE(top.enabled_controllers()->contains("memory"));
}

TEST_F(RunTree, LastRunTakesTheGuestsOfAllBack) {
  const Group top(tree_.open());
  auto home = make();
  ASSERT_TRUE(home);
  const auto other = top.make("memguard-4999999");
  ASSERT_TRUE(leave_home(*home));
  auto again = make();
  ASSERT_TRUE(again) << again.error().text();
  // The unmarked other run has nobody in it, and its pid is nobody's: the start has swept it.
  ASSERT_TRUE(leave_home(*again));
  EXPECT_THAT(tree_.groups(), IsEmpty());
  EXPECT_EQ(tree_.where(kGuest), "");
  EXPECT_EQ(tree_.where(::getpid()), "");
}

TEST_F(RunTree, StartSweepsWhatTheDeadLeft) {
  leave_dead_run();
  const auto home = make();
  ASSERT_TRUE(home);
  EXPECT_EQ(tree_.where(kJob), "gone");
  EXPECT_THAT(tree_.groups(), Not(Contains(kDeadRun)));
}

TEST_F(RunTree, SweepCountsAndGivesTheRootBack) {
  leave_dead_run();
  const Group top(tree_.open());
  ASSERT_TRUE(top.make("memguard-guests"));
  tree_.end(kGuest);
  tree_.spawn(kGuest, "memguard-guests");
  EXPECT_EQ(sweep(top), 1);
  EXPECT_THAT(tree_.groups(), IsEmpty());
  EXPECT_EQ(tree_.where(kGuest), "");
}

TEST_F(RunTree, SweepKeepsTheRunOfALivingOwner) {
  const auto self = proc::read_stat(::getpid());
  leave_dead_run(fmt::format("{}:{}", self->pid, self->start_ticks));
  EXPECT_EQ(sweep(Group(tree_.open())), 0);
  EXPECT_EQ(tree_.where(kJob), std::string(kDeadRun) + "/build/main");
}

TEST_F(RunTree, SweepSeesThroughAPidUsedAgain) {
  const auto self = proc::read_stat(::getpid());
  leave_dead_run(fmt::format("{}:{}", self->pid, self->start_ticks + 1));
  EXPECT_EQ(sweep(Group(tree_.open())), 1);
}

TEST_F(RunTree, SweepKeepsARunWhoseSupervisorGroupIsInUse) {
  // Its owner may live in another pid namespace, or its keeper be at work.
  leave_dead_run();
  tree_.spawn(kGuest + 10, std::string(kDeadRun) + "/supervisor");
  EXPECT_EQ(sweep(Group(tree_.open())), 0);
}

TEST_F(RunTree, SweepKeepsGroupsOfOthers) {
  const Group top(tree_.open());
  for (const auto* name : {"memguard-", "memguard-12x", "memguard-guests-5", "other"}) ASSERT_TRUE(top.make(name));
  EXPECT_EQ(sweep(top), 0);
  EXPECT_EQ(tree_.groups().size(), 4U);
}

TEST_F(RunTree, WithoutAttributesTheNameTellsTheOwner) {
  leave_dead_run();
  tree_.fail("attribute", kDeadRun, "user.memguard", EOPNOTSUPP, 100);
  EXPECT_EQ(sweep(Group(tree_.open())), 1);
}

TEST_F(RunTree, WithoutAttributesTheRootIsStillGivenBack) {
  tree_.fail("attribute", "", "user.memguard.enabled", EOPNOTSUPP, 100);
  auto home = make();
  ASSERT_TRUE(home);
  ASSERT_TRUE(leave_home(*home));
  EXPECT_EQ(tree_.where(kGuest), "");
  EXPECT_THAT(*Group(tree_.open()).enabled_controllers(), IsEmpty());
}

TEST_F(RunTree, WithoutMemoryControllerTheTierIsFreezer) {
  tree_ = FakeTree(FakeTree::Top::delegated, {"pids"});
  start_in("");
  const auto home = make();
  ASSERT_TRUE(home);
  EXPECT_EQ(home->tier, Tier::freezer);
}

TEST_F(RunTree, MemoryThatCannotBeEnabledIsSaid) {
  tree_.fail("write", "", "cgroup.subtree_control", EPERM, 100);
  const auto home = make();
  ASSERT_TRUE(home);
  EXPECT_EQ(home->tier, Tier::freezer);
  ASSERT_EQ(home->missing.size(), 1U);
  EXPECT_THAT(home->missing[0].what, HasSubstr("not permitted"));
  EXPECT_FALSE(home->missing[0].remedy.empty());
}

TEST_F(RunTree, CpuAndIoAreNotNeeded) {
  tree_ = FakeTree(FakeTree::Top::delegated, {"memory"});
  start_in("");
  EXPECT_EQ(make()->tier, Tier::full);
}

TEST_F(RunTree, SomebodyWhoEntersMeanwhileIsMovedToo) {
  // The kernel refuses the first enabling, as when a process came in after the moving.
  tree_.fail("write", "", "cgroup.subtree_control", EBUSY, 1);
  EXPECT_EQ(make()->tier, Tier::full);
}

TEST_F(RunTree, WithoutFreezerNothingIsLeft) {
  tree_ = FakeTree(FakeTree::Top::delegated, {});
  tree_.fail("read", run_ + "/build", "cgroup.freeze", ENOENT);
  start_in("");
  EXPECT_FALSE(make());
  EXPECT_THAT(tree_.groups(), IsEmpty());
  EXPECT_EQ(tree_.where(::getpid()), "");
}

/// Each step may fail; whatever was made before it goes away again.
struct Step {
  const char* name;
  const char* operation;
  /// The group it happens in: "" is the root, "/" the run, "/build" below it.
  const char* group;
  const char* file;
};
void PrintTo(const Step& step, std::ostream* out) { *out << step.name; }
class HalfMadeRun : public RunTree, public testing::WithParamInterface<Step> {};

TEST_P(HalfMadeRun, LeavesNothing) {
  const Step& step = GetParam();
  const std::string group = step.group;
  tree_.fail(step.operation,
             group.empty()  ? ""
             : group == "/" ? run_
                            : run_ + group,
             group.empty() ? run_ : step.file, EACCES);
  const auto home = make();
  ASSERT_FALSE(home);
  EXPECT_EQ(home.error().code, EACCES);
  EXPECT_THAT(tree_.groups(), IsEmpty());
  EXPECT_EQ(tree_.where(::getpid()), "");
  EXPECT_EQ(tree_.where(kGuest), "");
  EXPECT_THAT(*Group(tree_.open()).enabled_controllers(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Without, HalfMadeRun,
                         testing::Values(Step{"Run", "make", "", ""}, Step{"Supervisor", "make", "/", "supervisor"},
                                         Step{"Build", "make", "/", "build"}, Step{"Main", "make", "/build", "main"},
                                         Step{"Moving", "write", "/supervisor", "cgroup.procs"}),
                         [](const auto& step) { return std::string(step.param.name); });

// ---- at the true root of the hierarchy, which may hold processes

class AtHierarchyRoot : public RunTree {
 protected:
  AtHierarchyRoot() {
    tree_ = FakeTree(FakeTree::Top::hierarchy_root);
    start_in("");
  }
};

TEST_F(AtHierarchyRoot, OthersStayWhereTheyAre) {
  const auto home = make();
  ASSERT_TRUE(home);
  EXPECT_EQ(home->tier, Tier::full);
  EXPECT_EQ(tree_.where(kGuest), "");
  EXPECT_EQ(tree_.where(::getpid()), run_ + "/supervisor");
}

TEST_F(AtHierarchyRoot, LeavingDisablesWhatWasEnabledForUs) {
  ASSERT_TRUE(Group(tree_.open()).enable_controller("cpu"));
  auto home = make();
  ASSERT_TRUE(home);
  ASSERT_TRUE(leave_home(*home));
  EXPECT_THAT(*Group(tree_.open()).enabled_controllers(), ElementsAre("cpu"));
  EXPECT_THAT(tree_.groups(), IsEmpty());
  EXPECT_EQ(tree_.where(::getpid()), "");
}

TEST_F(AtHierarchyRoot, ControllersStayEnabledForGroupsOfOthers) {
  ASSERT_TRUE(Group(tree_.open()).make("other"));
  auto home = make();
  ASSERT_TRUE(home);
  ASSERT_TRUE(leave_home(*home));
  EXPECT_TRUE(Group(tree_.open()).enabled_controllers()->contains("memory"));
}

}  // namespace
}  // namespace memguard::cgroup
