#include "supervisor/jobserver.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using Strings = std::vector<std::string>;

TEST(JobserverSuits, CargoThatIsToldNothing) {
  EXPECT_TRUE(Jobserver::suits({"cargo", "build", "--release"}, {{"PATH", "/bin"}, {"MAKEFLAGS", "s"}}));
  EXPECT_TRUE(Jobserver::suits({"/usr/bin/cargo", "+nightly", "test", "--", "-j3"}, {}));
}

TEST(JobserverSuits, NobodyElse) {
  EXPECT_FALSE(Jobserver::suits({"make"}, {}));
  EXPECT_FALSE(Jobserver::suits({"sh", "-c", "cargo build"}, {}));
  EXPECT_FALSE(Jobserver::suits({}, {}));
}

TEST(JobserverSuits, NotWhenTheNumberOfJobsIsGiven) {
  for (const Strings& jobs : {Strings{"-j4"}, Strings{"-j", "4"}, Strings{"--jobs", "4"}, Strings{"--jobs=4"}}) {
    Strings command{"cargo", "build"};
    command.insert(command.end(), jobs.begin(), jobs.end());
    EXPECT_FALSE(Jobserver::suits(command, {})) << jobs.front();
  }
  EXPECT_FALSE(Jobserver::suits({"cargo", "build"}, {{"CARGO_BUILD_JOBS", "2"}}));
}

TEST(JobserverSuits, NotWhereOneIsInherited) {
  const Jobserver::Variables inherited{{"MAKEFLAGS", " -j8 --jobserver-auth=fifo:/tmp/GMfifo1"},
                                       {"CARGO_MAKEFLAGS", "--jobserver-fds=3,4"},
                                       {"MFLAGS", "-j --jobserver-auth=3,4"}};
  for (const auto& variable : inherited)
    EXPECT_FALSE(Jobserver::suits({"cargo", "build"}, {variable})) << variable.first;
}

class JobserverWith7 : public testing::Test {
 protected:
  Jobserver server_ = Jobserver::create(7).value();
};

TEST_F(JobserverWith7, HasItsTokens) { EXPECT_EQ(server_.free_tokens(), 7); }

TEST_F(JobserverWith7, GivesAndTakes) {
  server_.give(3);
  EXPECT_EQ(server_.free_tokens(), 10);
  EXPECT_EQ(server_.take(4), 4);
  EXPECT_EQ(server_.free_tokens(), 6);
}

TEST_F(JobserverWith7, WhatIsInUseCannotBeTaken) {
  EXPECT_EQ(server_.take(9), 7);
  EXPECT_EQ(server_.take(1), 0);
  server_.give(1);
  EXPECT_EQ(server_.take(2), 1);
}

TEST_F(JobserverWith7, LessThanNothingIsNothing) {
  server_.give(0);
  server_.give(-1);
  EXPECT_EQ(server_.take(-1), 0);
  EXPECT_EQ(server_.free_tokens(), 7);
}

TEST_F(JobserverWith7, IsTheJobserverOfWhatIsExecuted) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int fd : server_.descriptors()) ::fcntl(fd, F_SETFD, 0);
    const auto [name, value] = server_.variable();
    ::setenv(name.c_str(), value.c_str(), 1);
    // A shell that takes a token by the descriptor it was told.
    ::execlp(
        "sh", "sh", "-c",
        "auth=${CARGO_MAKEFLAGS##*--jobserver-auth=}; eval \"dd bs=1 count=1 <&${auth%,*}\" 2>/dev/null | grep -q +",
        nullptr);
    ::_exit(127);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(server_.free_tokens(), 6);
}

TEST(TokensHeldBy, EachCodegenThreadButTheFirst) {
  const WaitingChild child([] {
    for (const char* name : {"opt cgu.0", "lto cgu.11", "copy x", "coordinator"}) {
      std::thread([name] {
        ::prctl(PR_SET_NAME, name);
        ::pause();
      }).detach();
    }
  });
  while (tokens_held_by(child.pid()) < 2) std::this_thread::yield();
  EXPECT_EQ(tokens_held_by(child.pid()), 2);
}

TEST(TokensHeldBy, NobodyWhoIsGone) { EXPECT_EQ(tokens_held_by(4'194'305), 0); }

}  // namespace
}  // namespace memguard::supervisor
