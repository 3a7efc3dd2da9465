// The shim, its compiler and signals.
#include <sys/stat.h>

#include <thread>

#include "shim_fixture.h"

namespace memguard::shim {
namespace {

// Whether a signal waits to be read.
bool proc_has_pending(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("ShdPnd:")) return line.find_first_not_of("0 \t", 7) != std::string::npos;
  }
  return false;
}

TEST_F(Shim, TheCompilerDiesWithTheShim) {
  compiler("echo $$ >pid; echo runs >&2; read go <fifo");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  start();
  EXPECT_EQ(line(), "runs\n");
  ::kill(pid_, SIGKILL);
  EXPECT_EQ(signalled(end()), SIGKILL);
  // The compiler alone still had the pipe.
  EXPECT_EQ(err(), "");
}

// As gcc's and clang's own: an output that was begun is removed.
constexpr auto kPutsAway = "trap 'echo away >&2; exit 5' INT TERM; echo runs >&2; while :; do sleep 0.02; done";

TEST_F(Shim, WhatIsSentToItAloneReachesTheCompilerWhichPutsAwayWhatItBegan) {
  for (const int number : {SIGINT, SIGTERM}) {
    compiler(kPutsAway);
    start();
    EXPECT_EQ(line(), "runs\n");
    ::kill(pid_, number);
    EXPECT_EQ(err(), "away\n");
    EXPECT_EQ(exited(end()), 5);
  }
}

TEST_F(Shim, ACompilerThatDiesOfASignalToEndTheBuildEndsTheShimByTheSame) {
  compiler("echo runs >&2; while :; do sleep 0.02; done");
  start();
  EXPECT_EQ(line(), "runs\n");
  ::kill(pid_, SIGTERM);
  EXPECT_EQ(signalled(end()), SIGTERM);
}

TEST_F(Shim, NothingIsStartedAgainWhenTheBuildIsToEnd) {
  compiler("trap '' TERM; echo $$ >pid; echo runs >&2; while :; do sleep 0.02; done");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(line(), "runs\n");
  ::kill(pid_, SIGTERM);
  // It has been read when the process sleeps again with nothing pending.
  while (proc_has_pending(pid_)) std::this_thread::yield();
  ::kill(std::stoi(read("pid")), SIGKILL);
  EXPECT_EQ(signalled(end()), SIGKILL);
  EXPECT_FALSE(supervisor_.hear());
}

TEST_F(Shim, ASignalToEndTheBuildEndsItWhileItWaitsForTheAnswer) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    compiler("kill -9 $$");
    start();
    ASSERT_TRUE(supervisor_.answer_call());
    ASSERT_TRUE(supervisor_.hear());
    ::kill(pid_, number);
    EXPECT_EQ(signalled(end()), number);
  }
}

TEST_F(Shim, ASignalToEndTheBuildEndsItWhileItWaitsForTheNextSupervisor) {
  compiler("kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.die();
  ::kill(pid_, SIGTERM);
  EXPECT_EQ(signalled(end()), SIGTERM);
}

// Seen: `nohup memguard run`, and a hang-up of the whole group. The build went on, and what was evicted was lost.
TEST_F(Shim, ASignalThatTheBuildIgnoresEndsNothing) {
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGQUIT}) {
    std::filesystem::remove(folder_ / "started0");
    std::filesystem::remove(folder_ / "started1");
    compiler("[ $n = 1 ] && exit 0; echo $$ >pid; echo runs >&2; while :; do sleep 0.02; done");
    const auto before = ::signal(number, SIG_IGN);
    start();
    ::signal(number, before);
    ASSERT_TRUE(supervisor_.answer_call());
    EXPECT_EQ(line(), "runs\n");
    ::kill(pid_, number);
    ::kill(std::stoi(read("pid")), SIGKILL);
    ASSERT_TRUE(supervisor_.hear()) << "it asks whether to start the compiler again";
    supervisor_.say(Decision::restart);
    EXPECT_EQ(exited(end()), 0);
  }
}

}  // namespace
}  // namespace memguard::shim
