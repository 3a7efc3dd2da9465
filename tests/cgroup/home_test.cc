// Obtaining and leaving a home for real, in a delegated group of the test's own: each front is a child process.
#include <csignal>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "cgroup/home.h"
#include "cgroup/run_tree.h"
#include "kernel_group.h"

namespace memguard::cgroup {
namespace {

using testing::EndsWith;
using testing::IsEmpty;

class HomeInADelegatedGroup : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernel_.unavailable().empty()) GTEST_SKIP() << "needs " << kernel_.unavailable();
    ASSERT_EQ(::pipe2(go_.data(), O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(told_.data(), O_CLOEXEC), 0);
  }
  void TearDown() override {
    for (const int fd : {go_[0], go_[1], told_[0], told_[1]}) ::close(fd);
  }
  [[nodiscard]] Group& root() { return kernel_.group(); }

  /// A child in `group` that runs `front` and ends with 0 unless something was expected in vain.
  static pid_t start(const Group& group, const std::function<void()>& front) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    EXPECT_TRUE(group.add(::getpid()));
    front();
    // No destructor of the test may run twice.
    ::_exit(HasFailure() ? 1 : 0);
  }
  static int wait(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
  }
  /// In a front: says how far it is, and waits until the test lets it go on.
  void tell() const { EXPECT_EQ(::write(told_[1], "x", 1), 1); }
  void await_go() const {
    char byte = 0;
    EXPECT_EQ(::read(go_[0], &byte, 1), 1);
  }
  void await_told() const {
    char byte = 0;
    ASSERT_EQ(::read(told_[0], &byte, 1), 1);
  }
  void go() const { ASSERT_EQ(::write(go_[1], "x", 1), 1); }

  /// A process of the build, which runs until it is killed.
  static pid_t add_job(const Group& group) {
    const pid_t job = ::fork();
    if (job == 0) {
      while (true) ::pause();
    }
    EXPECT_TRUE(group.add(job));
    return job;
  }

 private:
  KernelGroup kernel_;
  std::array<int, 2> go_{-1, -1};
  std::array<int, 2> told_{-1, -1};
};

HomeWishes wishes() { return {.no_scope = true, .mount_point = {}}; }

std::string own_cgroup() {
  auto text = read_at(AT_FDCWD, "/proc/self/cgroup").value_or(std::string{});
  text = text.substr(text.rfind("0::"));
  return text.substr(0, text.find('\n'));
}

TEST_F(HomeInADelegatedGroup, IsMadeThereAndLeftAsItWas) {
  const pid_t front = start(root(), [this] {
    const auto before = own_cgroup();
    auto home = obtain_home(wishes());
    ASSERT_TRUE(home.build);
    EXPECT_EQ(home.origin, Origin::own_subtree);
    EXPECT_EQ(home.root->path(), root().path());
    EXPECT_GE(home.tier, Tier::freezer);
    EXPECT_THAT(own_cgroup(), EndsWith("/supervisor"));
    const pid_t job = add_job(*home.main);
    EXPECT_TRUE(home.build->set_frozen(true));
    EXPECT_TRUE(leave_home(home));
    EXPECT_EQ(wait(job), SIGKILL);
    EXPECT_EQ(own_cgroup(), before);
  });
  EXPECT_EQ(wait(front), 0);
  EXPECT_THAT(*root().dir().children(), IsEmpty());
  EXPECT_THAT(*root().enabled_controllers(), IsEmpty());
}

TEST_F(HomeInADelegatedGroup, SurveySaysTheSameAndChangesNothing) {
  const pid_t front = start(root(), [this] {
    const auto survey = survey_home(wishes());
    EXPECT_THAT(*root().dir().children(), IsEmpty());
    auto home = obtain_home(wishes());
    EXPECT_EQ(survey.tier, home.tier);
    EXPECT_EQ(survey.origin, home.origin);
    EXPECT_EQ(survey.missing.size(), home.missing.size());
    EXPECT_TRUE(leave_home(home));
  });
  EXPECT_EQ(wait(front), 0);
}

TEST_F(HomeInADelegatedGroup, IsSharedByTwoRuns) {
  // Somebody who is no memguard, and so becomes a guest.
  const auto guest = start(root(), [this] {
    tell();
    await_go();
  });
  await_told();
  const pid_t first = start(root(), [this] {
    const auto before = own_cgroup();
    auto home = obtain_home(wishes());
    tell();
    await_go();
    EXPECT_TRUE(leave_home(home));
    EXPECT_EQ(own_cgroup(), before);
  });
  await_told();
  // Who is in a root that is in use is among the guests.
  const auto guests = root().open("memguard-guests");
  ASSERT_TRUE(guests);
  const pid_t second = start(*guests, [this] {
    const auto before = own_cgroup();
    auto home = obtain_home(wishes());
    ASSERT_TRUE(home.build);
    EXPECT_EQ(home.root->path(), root().path());
    EXPECT_TRUE(leave_home(home));
    EXPECT_EQ(own_cgroup(), before);
  });
  EXPECT_EQ(wait(second), 0);
  go();
  go();
  EXPECT_EQ(wait(first), 0);
  EXPECT_EQ(wait(guest), 0);
  EXPECT_THAT(*root().dir().children(), IsEmpty());
}

TEST_F(HomeInADelegatedGroup, OfAKilledFrontIsSwept) {
  const pid_t front = start(root(), [this] {
    auto home = obtain_home(wishes());
    static_cast<void>(add_job(*home.main));
    static_cast<void>(home.main->set_frozen(true));
    tell();
    while (true) ::pause();
  });
  await_told();
  EXPECT_EQ(sweep(root()), 0);
  ::kill(front, SIGKILL);
  EXPECT_EQ(wait(front), SIGKILL);
  EXPECT_EQ(sweep(root()), 1);
  EXPECT_THAT(*root().dir().children(), IsEmpty());
  EXPECT_THAT(*root().enabled_controllers(), IsEmpty());
}

}  // namespace
}  // namespace memguard::cgroup
