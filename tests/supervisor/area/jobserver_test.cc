#include "supervisor/area/jobserver.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using Strings = std::vector<std::string>;

TEST(JobserverToldBy, TheVariableOfCargo) {
  const JobserverEnds ends{7, 9};
  EXPECT_EQ(jobserver_told_by({"A=1", "CARGO_MAKEFLAGS=-j --jobserver-fds=7,9 --jobserver-auth=7,9"}), ends);
  EXPECT_EQ(jobserver_told_by({"CARGO_MAKEFLAGS=--jobserver-fds=7,9"}), ends);
}

TEST(JobserverToldBy, NothingElse) {
  for (const char* value :
       {"MAKEFLAGS=-j --jobserver-auth=3,4", "CARGO_MAKEFLAGS=-j --jobserver-auth=fifo:/tmp/x", "CARGO_MAKEFLAGS=-j4",
        "CARGO_MAKEFLAGS=--jobserver-auth=-1,-2", "CARGO_MAKEFLAGS=--jobserver-auth=3,x", "CARGO_MAKEFLAGS",
        "CARGO_MAKEFLAGSX=--jobserver-fds=3,4"}) {
    EXPECT_FALSE(jobserver_told_by({value}).any()) << value;
  }
}

TEST(InheritsJobserver, WhereOneOfThreeVariablesNamesOne) {
  EXPECT_TRUE(inherits_jobserver({"MAKEFLAGS= -j8 --jobserver-auth=fifo:/tmp/GMfifo1"}));
  EXPECT_TRUE(inherits_jobserver({"A=b", "CARGO_MAKEFLAGS=--jobserver-fds=3,4"}));
  EXPECT_TRUE(inherits_jobserver({"MFLAGS=-j --jobserver-auth=3,4"}));
  EXPECT_FALSE(inherits_jobserver({"MAKEFLAGS=s", "OTHER=--jobserver-fds=3,4"}));
}

// A pipe with tokens, as the process that made it has it.
class JobserverWith7 : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0);
    ASSERT_EQ(::write(pipe_[1], "|||||||", 7), 7);
    server_ = Jobserver::open(::getpid(), {pipe_[0], pipe_[1]});
    ASSERT_TRUE(server_);
  }
  void TearDown() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  std::array<int, 2> pipe_{};
  std::optional<Jobserver> server_;
};

TEST_F(JobserverWith7, HasItsTokens) { EXPECT_EQ(server_->free_tokens(), 7); }

TEST_F(JobserverWith7, GivesAndTakes) {
  server_->give(3);
  EXPECT_EQ(server_->free_tokens(), 10);
  EXPECT_EQ(server_->take(4), 4);
  EXPECT_EQ(server_->free_tokens(), 6);
}

TEST_F(JobserverWith7, WhatIsInUseCannotBeTaken) {
  EXPECT_EQ(server_->take(9), 7);
  EXPECT_EQ(server_->take(1), 0);
  server_->give(1);
  EXPECT_EQ(server_->take(2), 1);
}

TEST_F(JobserverWith7, LessThanNothingIsNothing) {
  server_->give(0);
  server_->give(-1);
  EXPECT_EQ(server_->take(-1), 0);
  EXPECT_EQ(server_->free_tokens(), 7);
}

TEST_F(JobserverWith7, GivesBackTheByteThatCargoGave) {
  EXPECT_EQ(server_->take(7), 7);
  server_->give(1);
  char token = 0;
  EXPECT_EQ(::read(pipe_[0], &token, 1), 1);
  EXPECT_EQ(token, '|');
}

TEST_F(JobserverWith7, ItsOwnerStillWaitsForTokens) {
  EXPECT_EQ(::fcntl(pipe_[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(pipe_[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(JobserverWith7, IsFoundInAnotherProcess) {
  const WaitingChild child;
  const auto other = Jobserver::open(child.pid(), {pipe_[0], pipe_[1]});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->take(2), 2);
  EXPECT_EQ(server_->free_tokens(), 5);
}

TEST_F(JobserverWith7, OnlyBothEndsOfOnePipeAreOne) {
  std::array<int, 2> second{};
  ASSERT_EQ(::pipe2(second.data(), O_CLOEXEC), 0);
  const int file = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  EXPECT_FALSE(Jobserver::open(::getpid(), {pipe_[0], second[1]}));
  EXPECT_FALSE(Jobserver::open(::getpid(), {file, file}));
  EXPECT_FALSE(Jobserver::open(::getpid(), {pipe_[0], 4000}));
  EXPECT_FALSE(Jobserver::open(4'194'305, {pipe_[0], pipe_[1]}));
  for (const int fd : {second[0], second[1], file}) ::close(fd);
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
