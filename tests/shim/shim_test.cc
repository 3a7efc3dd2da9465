#include <sys/stat.h>

#include "shim_fixture.h"

namespace memguard::shim {
namespace {

constexpr auto kLinkFailed = "echo 'error: linking with `cc` failed: exit status: 1' >&2; exit 1";

TEST_F(Shim, ASuccessIsASuccess) {
  compiler("echo warning >&2; exit 0");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(supervisor_.caller(), pid_);
  EXPECT_EQ(err(), "warning\n");
  EXPECT_EQ(exited(end()), 0);
  EXPECT_FALSE(supervisor_.hear());
}

TEST_F(Shim, AnErrorIsPassedOnWithoutAQuestion) {
  compiler("echo error >&2; exit 101");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_FALSE(supervisor_.hear());
  EXPECT_EQ(exited(end()), 101);
  EXPECT_EQ(err(), "error\n");
}

TEST_F(Shim, ADeathByAnotherSignalIsPassedOnWithoutAQuestionAndWithoutACoreOfItsOwn) {
  compiler("kill -SEGV $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_FALSE(supervisor_.hear());
  const int status = end();
  EXPECT_EQ(signalled(status), SIGSEGV);
  EXPECT_FALSE(WCOREDUMP(status));
}

TEST_F(Shim, AKilledCompilerIsStartedAgainWhenTheSupervisorSaysSo) {
  compiler("echo artifact >&2; printf part >&2; [ $n = 2 ] && echo ' done' >&2 && exit 3; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  for (int i = 0; i < 2; ++i) {
    const auto asked = supervisor_.hear();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->ending, Ending::killed);
    supervisor_.say(Decision::restart);
  }
  EXPECT_EQ(exited(end()), 3);
  EXPECT_EQ(err(), "artifact\npart done\n");
}

TEST_F(Shim, AKillIsPassedOnAsAKill) {
  compiler("echo said >&2; printf half >&2; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.say(Decision::pass_on);
  EXPECT_EQ(signalled(end()), SIGKILL);
  EXPECT_EQ(err(), "said\nhalf");
  EXPECT_FALSE(exists("started1"));
}

TEST_F(Shim, TheDeadCompilersPidIsStillItsOwnWhenTheSupervisorIsAsked) {
  compiler("echo $$ >pid; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  int compiler = 0;
  std::ifstream(folder_ / "pid") >> compiler;
  std::string state;
  std::ifstream stat("/proc/" + std::to_string(compiler) + "/stat");
  stat >> state >> state >> state;
  EXPECT_EQ(state, "Z");
  supervisor_.say(Decision::pass_on);
  EXPECT_EQ(signalled(end()), SIGKILL);
}

TEST_F(Shim, AFailedLinkIsRepaired) {
  compiler(std::string("echo artifact >&2; [ $n = 1 ] && exit 0; ") + kLinkFailed);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  const auto asked = supervisor_.hear();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->ending, Ending::link_failed);
  supervisor_.say(Decision::restart);
  EXPECT_EQ(exited(end()), 0);
  EXPECT_EQ(err(), "artifact\n");
}

TEST_F(Shim, AFailedLinkThatIsNotMemorysDoingIsTold) {
  compiler(kLinkFailed);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.say(Decision::pass_on);
  EXPECT_EQ(exited(end()), 1);
  EXPECT_EQ(err(), "error: linking with `cc` failed: exit status: 1\n");
}

TEST_F(Shim, ASupervisorThatDiesBeforeItsAnswerIsAskedAgain) {
  compiler("[ $n = 1 ] && exit 0; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.die();
  ASSERT_TRUE(supervisor_.answer_call());
  const auto asked = supervisor_.hear();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->kind, Kind::ended);
  supervisor_.say(Decision::restart);
  EXPECT_EQ(exited(end()), 0);
}

TEST_F(Shim, ANewSupervisorIsToldWhileTheCompilerRuns) {
  compiler("echo runs >&2; read go <fifo; exit 0");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(line(), "runs\n");
  supervisor_.die();
  EXPECT_TRUE(supervisor_.answer_call());
  std::ofstream(folder_ / "fifo") << "\n";
  EXPECT_EQ(exited(end()), 0);
}

TEST_F(Shim, WithoutASupervisorADeathIsPassedOn) {
  supervisor_.stop_listening();
  compiler("kill -9 $$");
  start();
  EXPECT_EQ(signalled(end()), SIGKILL);
}

TEST_F(Shim, WhenTheFrontStopsListeningADeathIsPassedOn) {
  compiler("echo runs >&2; read go <fifo; kill -9 $$");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(line(), "runs\n");
  supervisor_.stop_listening();
  supervisor_.die();
  std::ofstream(folder_ / "fifo") << "\n";
  EXPECT_EQ(signalled(end()), SIGKILL);
}

TEST_F(Shim, OutsideARunItBecomesTheCompiler) {
  in_run_ = false;
  compiler("echo $$ >pid; exit 4");
  start();
  const pid_t shim = pid_;
  EXPECT_EQ(exited(end()), 4);
  EXPECT_EQ(read("pid"), std::to_string(shim) + "\n");
}

TEST_F(Shim, ForAProbeItBecomesTheCompiler) {
  compiler("echo $$ >pid; exit 0");
  start({"-vV"});
  const pid_t shim = pid_;
  EXPECT_EQ(exited(end()), 0);
  EXPECT_EQ(read("pid"), std::to_string(shim) + "\n");
}

TEST_F(Shim, TheUsersOwnWrapperIsCalledWithTheCompiler) {
  write("wrapper", "echo \"$@\" >arguments; exec \"$@\"");
  wrapper_ = folder_ / "wrapper";
  compiler("exit 5");
  start({"a.rs", "-C", "opt-level=3"});
  EXPECT_EQ(exited(end()), 5);
  EXPECT_EQ(read("arguments"), (folder_ / "rustc").string() + " a.rs -C opt-level=3\n");
}

TEST_F(Shim, WhatTheUsersWrapperIsGivenThatIsNoRustcIsItsOwn) {
  write("sccache", "echo \"$$ $@\" >called");
  wrapper_ = folder_ / "sccache";
  for (const std::vector<std::string>& words : {std::vector<std::string>{"cc", "-c", "a.c"}, {"--show-stats"}, {}}) {
    start_with(words);
    // The shim has become it.
    std::string called = std::to_string(pid_) + " ";
    for (std::size_t i = 0; i < words.size(); ++i) called += (i == 0 ? "" : " ") + words[i];
    EXPECT_EQ(exited(end()), 0);
    EXPECT_EQ(read("called"), called + "\n");
  }
}

TEST_F(Shim, InThePlaceOfACompilerItRunsThatVeryFileByTheNameItWasCalled) {
  // A wrapper of the user's has been called by cargo already.
  wrapper_ = "/nosuch";
  compiler("echo \"$@\" >called; exit 3");
  start_with({"--exec", (folder_ / "rustc").string(), "rustc", "a.rs", "--exec"});
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(exited(end()), 3);
  EXPECT_EQ(read("called"), "a.rs --exec\n");
}

TEST_F(Shim, InThePlaceOfACompilerItStartsAKilledOneAgain) {
  compiler("[ $n -gt 0 ] || kill -9 $$; exit 0");
  start_with({"--exec", (folder_ / "rustc").string(), "rustc", "a.rs"});
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.say(Decision::restart);
  EXPECT_EQ(exited(end()), 0);
  EXPECT_TRUE(exists("started1"));
}

// `env -i make`, and a server that compiles for clients of other runs.
TEST_F(Shim, InThePlaceOfACompilerItIsOfTheRunThatSentItWhateverTheEnvironmentSays) {
  for (const char* run : {"", "1:another"}) {
    in_run_ = false;
    if (*run != '\0') ::setenv("MEMGUARD_RUN", run, 1);
    keep_run_ = *run != '\0';
    fs::remove(folder_ / "ran");
    compiler("[ -e ran ] || { touch ran; kill -9 $$; }; exit 0");
    start_with({"--exec=" + supervisor_.run_id(), (folder_ / "rustc").string(), "rustc", "a.rs"});
    ASSERT_TRUE(supervisor_.answer_call()) << run;
    ASSERT_TRUE(supervisor_.hear());
    supervisor_.say(Decision::restart);
    EXPECT_EQ(exited(end()), 0);
  }
  ::unsetenv("MEMGUARD_RUN");
}

TEST_F(Shim, AnOptionThatOnlyBeginsLikeItsOwnIsTheCompilersName) {
  compiler("exit 9");
  start_with({"--execute", "rustc", "rustc", "a.rs"});
  EXPECT_EQ(exited(end()), 127);
}

TEST_F(Shim, TheCompilerInheritsWhatItWouldHaveWithoutTheShim) {
  // Descriptor 9 as cargo's jobserver.
  compiler("ls /proc/self/fd >fds$n; grep -E '^Sig(Blk|Ign)' /proc/self/status >signals$n");
  ASSERT_EQ(::dup2(STDIN_FILENO, 9), 9);
  for (const bool in_run : {false, true}) {
    in_run_ = in_run;
    start();
    EXPECT_EQ(exited(end()), 0);
  }
  ::close(9);
  EXPECT_NE(read("fds0").find("9\n"), std::string::npos);
  EXPECT_EQ(read("fds1"), read("fds0"));
  EXPECT_NE(read("signals0"), "");
  EXPECT_EQ(read("signals1"), read("signals0"));
}

TEST_F(Shim, ACompilerThatIsNotThereIs127) {
  start();
  EXPECT_EQ(exited(end()), 127);
  EXPECT_NE(err().find("rustc: No such file"), std::string::npos);
}

}  // namespace
}  // namespace memguard::shim
