// What memguard relies on cgroup2 to do, run against the fake and against this machine's own kernel. The real half
// needs a writable cgroup2 file system; each test names what is missing where it skips.
#include <cerrno>
#include <csignal>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "base/pinned.h"
#include "cgroup/group.h"
#include "fake_cgroup_dir.h"
#include "kernel_group.h"

namespace memguard::cgroup {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A hierarchy to test in: an empty group of its own, and processes.
class World : Pinned {
 public:
  World() = default;
  virtual ~World() = default;
  /// Why there is none; empty when there is one.
  [[nodiscard]] virtual std::string unavailable() const { return {}; }
  [[nodiscard]] virtual Group& top() = 0;
  /// A process that waits, somewhere outside of top().
  [[nodiscard]] virtual pid_t spawn() = 0;
  /// Waits until a process has ended by a signal, which it returns.
  virtual int wait_end(pid_t pid) = 0;
};

class FakeWorld final : public World {
 public:
  FakeWorld() {
    const Group root(tree_.open());
    EXPECT_TRUE(root.enable_controller("memory"));
    top_.emplace(*root.make("top"));
  }
  Group& top() override { return *top_; }
  pid_t spawn() override {
    tree_.spawn(++last_);
    return last_;
  }
  int wait_end(pid_t pid) override { return tree_.where(pid) == "gone" ? SIGKILL : 0; }

 private:
  // Beyond any pid_max (2^22): no mistake here can hit a real process.
  pid_t last_ = 5'000'000;
  FakeTree tree_{FakeTree::Top::hierarchy_root};
  std::optional<Group> top_;
};

class KernelWorld final : public World {
 public:
  std::string unavailable() const override { return group_.unavailable(); }
  Group& top() override { return group_.group(); }
  pid_t spawn() override { return group_.spawn(); }
  int wait_end(pid_t pid) override { return group_.wait_end(pid); }

 private:
  KernelGroup group_;
};

enum class Side : std::uint8_t { fake, kernel };
void PrintTo(Side side, std::ostream* out) { *out << (side == Side::fake ? "fake" : "kernel"); }

class CgroupContract : public testing::TestWithParam<Side> {
 protected:
  void SetUp() override {
    if (GetParam() == Side::fake) world_ = std::make_unique<FakeWorld>();
    if (GetParam() == Side::kernel) world_ = std::make_unique<KernelWorld>();
    if (!world_->unavailable().empty()) GTEST_SKIP() << "needs " << world_->unavailable();
  }
  [[nodiscard]] Group& top() { return world_->top(); }
  [[nodiscard]] World& world() { return *world_; }
  [[nodiscard]] bool has_memory() { return top().controllers().value_or(std::set<std::string>{}).contains("memory"); }

  /// Waits for `wanted` of a group's cgroup.events, which changes some time after what causes it.
  static void await(const Group& group, const std::function<bool(const CgroupEvents&)>& wanted) {
    while (true) {
      const auto events = group.events();
      ASSERT_TRUE(events) << events.error().text();
      if (wanted(*events)) return;
      ::poll(nullptr, 0, 1);
    }
  }

 private:
  std::unique_ptr<World> world_;
};

template <class T>
int code_of(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

TEST_P(CgroupContract, MovedProcessIsListedInItsNewGroupOnly) {
  const auto a = top().make("a");
  const auto b = top().make("b");
  const pid_t pid = world().spawn();
  ASSERT_TRUE(a->add(pid));
  ASSERT_TRUE(b->add(pid));
  EXPECT_THAT(*a->procs(), IsEmpty());
  EXPECT_THAT(*b->procs(), UnorderedElementsAre(pid));
  EXPECT_THAT(*top().procs(), IsEmpty());
  EXPECT_THAT(*top().procs_below(), UnorderedElementsAre(pid));
}

TEST_P(CgroupContract, MovingAProcessThatEndedSaysItIsGone) {
  const auto a = top().make("a");
  const pid_t pid = world().spawn();
  ASSERT_TRUE(a->add(pid));
  ASSERT_TRUE(a->kill());
  ASSERT_EQ(world().wait_end(pid), SIGKILL);
  const auto added = a->add(pid);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ESRCH);
  EXPECT_TRUE(added.error().gone());
}

TEST_P(CgroupContract, MoveAllToLeavesNobodyBehind) {
  const auto a = top().make("a");
  const auto b = top().make("b");
  const std::vector<pid_t> pids{world().spawn(), world().spawn(), world().spawn()};
  for (const pid_t pid : pids) ASSERT_TRUE(a->add(pid));
  ASSERT_TRUE(a->move_all_to(*b));
  EXPECT_THAT(*a->procs(), IsEmpty());
  EXPECT_THAT(*b->procs(), testing::UnorderedElementsAreArray(pids));
}

TEST_P(CgroupContract, MakingAGroupTwiceIsEexist) {
  ASSERT_TRUE(top().make("a"));
  EXPECT_EQ(code_of(top().make("a")), EEXIST);
}

TEST_P(CgroupContract, OpeningAnAbsentGroupIsEnoent) { EXPECT_EQ(code_of(top().open("a")), ENOENT); }

TEST_P(CgroupContract, ReadingAnAbsentFileIsEnoent) { EXPECT_EQ(code_of(top().dir().read("memory.nothing")), ENOENT); }

TEST_P(CgroupContract, RemovedGroupAnswersEnodev) {
  const auto a = top().make("a");
  ASSERT_TRUE(a->events());
  ASSERT_TRUE(top().dir().remove_child("a"));
  // Once by a file held open, once by one that is not, once by writing.
  EXPECT_EQ(code_of(a->events()), ENODEV);
  EXPECT_EQ(code_of(a->procs()), ENODEV);
  EXPECT_EQ(code_of(a->set_frozen(true)), ENODEV);
}

TEST_P(CgroupContract, RemovingTwiceIsSuccess) {
  ASSERT_TRUE(top().make("a"));
  EXPECT_TRUE(top().dir().remove_child("a"));
  EXPECT_TRUE(top().dir().remove_child("a"));
}

TEST_P(CgroupContract, GroupWithAProcessIsNotRemoved) {
  const auto a = top().make("a");
  ASSERT_TRUE(a->add(world().spawn()));
  EXPECT_EQ(code_of(top().dir().remove_child("a")), EBUSY);
}

TEST_P(CgroupContract, GroupWithAGroupBelowIsNotRemoved) {
  ASSERT_TRUE(top().make("a")->make("b"));
  EXPECT_EQ(code_of(top().dir().remove_child("a")), EBUSY);
}

TEST_P(CgroupContract, RemoveTakesAllThatIsBelow) {
  ASSERT_TRUE(top().make("a")->make("b")->make("c"));
  ASSERT_TRUE(top().remove("a", Duration{}));
  EXPECT_THAT(*top().dir().children(), IsEmpty());
}

TEST_P(CgroupContract, ChildrenListsGroupsAndNoFiles) {
  ASSERT_TRUE(top().make("a"));
  ASSERT_TRUE(top().make("b"));
  EXPECT_THAT(*top().dir().children(), UnorderedElementsAre("a", "b"));
}

TEST_P(CgroupContract, NamesThatLeadElsewhereAreRefused) { EXPECT_EQ(code_of(top().dir().make_child("a/b")), EINVAL); }

TEST_P(CgroupContract, PopulatedFollowsTheProcessesBelow) {
  const auto a = top().make("a");
  const auto b = a->make("b");
  EXPECT_FALSE(a->events()->populated);
  const pid_t pid = world().spawn();
  ASSERT_TRUE(b->add(pid));
  EXPECT_TRUE(a->events()->populated);
  ASSERT_TRUE(b->kill());
  world().wait_end(pid);
  await(*a, [](const auto& events) { return !events.populated; });
}

TEST_P(CgroupContract, FreezeStopsWhoIsBelowAndThawReleases) {
  const auto a = top().make("a");
  const auto b = a->make("b");
  ASSERT_TRUE(b->add(world().spawn()));
  ASSERT_TRUE(a->set_frozen(true));
  await(*a, [](const auto& events) { return events.frozen; });
  await(*b, [](const auto& events) { return events.frozen; });
  ASSERT_TRUE(a->set_frozen(false));
  await(*b, [](const auto& events) { return !events.frozen; });
}

TEST_P(CgroupContract, KillEndsTheFrozenToo) {
  const auto a = top().make("a");
  const pid_t pid = world().spawn();
  ASSERT_TRUE(a->add(pid));
  ASSERT_TRUE(a->set_frozen(true));
  await(*a, [](const auto& events) { return events.frozen; });
  ASSERT_TRUE(a->kill());
  EXPECT_EQ(world().wait_end(pid), SIGKILL);
  EXPECT_TRUE(a->wait_empty(std::chrono::seconds(10)));
}

TEST_P(CgroupContract, RemoveWaitsForTheKilled) {
  const auto a = top().make("a");
  const pid_t pid = world().spawn();
  ASSERT_TRUE(a->add(pid));
  ASSERT_TRUE(a->kill());
  EXPECT_TRUE(top().remove("a", std::chrono::seconds(10)));
  EXPECT_EQ(world().wait_end(pid), SIGKILL);
}

TEST_P(CgroupContract, UnknownControllerCannotBeEnabled) { EXPECT_NE(code_of(top().enable_controller("nothing")), 0); }

TEST_P(CgroupContract, AttributeIsKept) {
  auto& dir = top().dir();
  const auto set = dir.set_attribute("user.memguard", "12:345");
  if (!set && set.error().code == EOPNOTSUPP) GTEST_SKIP() << "needs user attributes on cgroup2 (Linux 5.7)";
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(*dir.attribute("user.memguard"), "12:345");
  EXPECT_TRUE(dir.remove_attribute("user.memguard"));
  EXPECT_EQ(code_of(dir.attribute("user.memguard")), ENODATA);
  EXPECT_TRUE(dir.remove_attribute("user.memguard"));
}

TEST_P(CgroupContract, TellsHowLongItsProcessesWaitedForProcessors) {
  const auto pressure = top().cpu_pressure();
  if (!pressure) GTEST_SKIP() << "needs PSI of Linux 5.13: " << pressure.error().text();
  EXPECT_GE(pressure->some, pressure->full);
}

TEST_P(CgroupContract, PressureTriggerIsADescriptor) {
  const auto pressure = top().memory_pressure();
  if (!pressure) GTEST_SKIP() << "needs PSI: " << pressure.error().text();
  const auto trigger = top().pressure_trigger("some", std::chrono::milliseconds(150), std::chrono::seconds(2));
  if (!trigger && trigger.error().code == EPERM) GTEST_SKIP() << "needs unprivileged PSI triggers (Linux 6.4)";
  ASSERT_TRUE(trigger) << trigger.error().text();
  EXPECT_EQ(::fcntl(trigger->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

// ---- with the memory controller

class MemoryContract : public CgroupContract {
 protected:
  void SetUp() override {
    CgroupContract::SetUp();
    if (!IsSkipped() && !has_memory()) GTEST_SKIP() << "needs the memory controller in cgroup v2";
  }
};

TEST_P(MemoryContract, FilesComeWithTheControllerAndGoWithIt) {
  const auto a = top().make("a");
  EXPECT_EQ(code_of(a->memory_current()), ENOENT);
  ASSERT_TRUE(top().enable_controller("memory"));
  EXPECT_TRUE(a->memory_current());
  ASSERT_TRUE(top().disable_controller("memory"));
  EXPECT_EQ(code_of(a->memory_current()), ENOENT);
  // A file held open from before must not hide the new one.
  ASSERT_TRUE(top().enable_controller("memory"));
  EXPECT_TRUE(a->memory_current());
}

TEST_P(MemoryContract, GroupWithProcessesCannotPassTheControllerOn) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  ASSERT_TRUE(a->add(world().spawn()));
  EXPECT_EQ(code_of(a->enable_controller("memory")), EBUSY);
}

TEST_P(MemoryContract, GroupThatPassesTheControllerOnTakesNoProcess) {
  ASSERT_TRUE(top().enable_controller("memory"));
  EXPECT_EQ(code_of(top().add(world().spawn())), EBUSY);
}

TEST_P(MemoryContract, ControllerInUseBelowCannotBeDisabled) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  ASSERT_TRUE(a->enable_controller("memory"));
  EXPECT_EQ(code_of(top().disable_controller("memory")), EBUSY);
}

TEST_P(MemoryContract, LimitsAreReadAsWritten) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  EXPECT_TRUE(a->memory_max()->is_unlimited());
  EXPECT_TRUE(a->memory_high()->is_unlimited());
  ASSERT_TRUE(a->set_memory_max({200LL << 20U}));
  ASSERT_TRUE(a->set_memory_high({100LL << 20U}));
  EXPECT_EQ(*a->memory_max(), Bytes{200LL << 20U});
  EXPECT_EQ(*a->memory_high(), Bytes{100LL << 20U});
  ASSERT_TRUE(a->set_memory_high(Bytes::unlimited()));
  EXPECT_TRUE(a->memory_high()->is_unlimited());
}

TEST_P(MemoryContract, LimitsAreRoundedDownToPages) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  ASSERT_TRUE(a->set_memory_max({(200LL << 20U) + 1}));
  EXPECT_EQ(*a->memory_max(), Bytes{200LL << 20U});
}

TEST_P(MemoryContract, RefusedLimitsAreEinval) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  EXPECT_EQ(code_of(a->dir().write("memory.max", "much")), EINVAL);
  EXPECT_EQ(code_of(a->dir().write("memory.oom.group", "2")), EINVAL);
}

TEST_P(MemoryContract, StatisticsAreParsed) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  const auto stat = a->memory_stat();
  ASSERT_TRUE(stat) << stat.error().text();
  const auto events = a->memory_events();
  ASSERT_TRUE(events) << events.error().text();
  EXPECT_EQ(events->oom_kill, 0U);
}

TEST_P(MemoryContract, SwappingOutOfNothingIsNoError) {
  ASSERT_TRUE(top().enable_controller("memory"));
  const auto a = top().make("a");
  const auto got = a->swap_out({1LL << 30U});
  if (!got && got.error().code == ENOENT) GTEST_SKIP() << "needs memory.reclaim (Linux 5.19) and swap accounting";
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(*got, Bytes{});
}

const auto kSides = testing::Values(Side::fake, Side::kernel);
std::string name_of(const testing::TestParamInfo<Side>& info) { return info.param == Side::fake ? "Fake" : "Kernel"; }
INSTANTIATE_TEST_SUITE_P(On, CgroupContract, kSides, name_of);
INSTANTIATE_TEST_SUITE_P(On, MemoryContract, kSides, name_of);

}  // namespace
}  // namespace memguard::cgroup
